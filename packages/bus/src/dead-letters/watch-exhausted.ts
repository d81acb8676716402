import { MioError, toMioError } from "@mio/failure";
import { createBackoff, retry, systemClock } from "@mio/pacing";
import type { Logger, Worker } from "@mio/service-kit";
import type { StoredMsg } from "@nats-io/jetstream";
import type { Bus } from "../connect/connection.ts";
import { type ConsumerDeclaration, type StreamDeclaration, streams } from "../topology/topology.ts";
import { moveToDeadLetters } from "./move-to-dead-letters.ts";

export interface WatchExhaustedOptions {
  readonly bus: Bus;
  readonly logger: Logger;
  /** Told of each message that was moved, before it is removed. Rejecting, it is asked again. */
  readonly onMoved?: (stored: StoredMsg, error: MioError) => Promise<void>;
}

interface Advisory {
  readonly consumer: string;
  readonly stream_seq: number;
  readonly deliveries: number;
}

const watched = [streams.inbound, streams.enriched, streams.outbound] as const;

/**
 * Watches the server's notices that it stopped delivering a message, and copies each such message to the dead letters.
 * Consumers of Mio know no such limit; those that agents make for themselves may. The notice has no bytes and is told
 * once, so this must run where messages are read. One of several processes does the work.
 */
export function watchExhausted(options: WatchExhaustedOptions): Worker {
  return {
    name: "exhausted-messages",
    run: async (signal) => {
      const { nc } = options.bus;
      const subscriptions = watched.map((stream) =>
        nc.subscribe(`$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.${stream.name}.*`, {
          queue: "mio-dead-letters",
          callback: (error, msg) => {
            if (error === null) void moveUntilDone({ ...options, stream, signal }, msg.json<Advisory>());
          },
        }),
      );
      await aborted(signal);
      if (!nc.isClosed()) for (const subscription of subscriptions) subscription.unsubscribe();
    },
  };
}

interface Moving extends WatchExhaustedOptions {
  readonly stream: StreamDeclaration;
  readonly signal: AbortSignal;
}

async function moveUntilDone(options: Moving, advisory: Advisory): Promise<void> {
  const { logger, signal } = options;
  if (signal.aborted) return;
  const moving = retry(() => move(options, advisory), {
    backoff: createBackoff({ baseMs: 200, maxMs: 10_000 }),
    clock: systemClock,
    signal,
    onFailure: (error) => {
      logger.warn({ event: "dead_letter.failed", err: toMioError(error) }, "dead letter not stored; kept");
      return true;
    },
  });
  // It rejects only once the signal aborts.
  await moving.catch(() => undefined);
}

async function move(
  { bus, stream, logger, onMoved }: Moving,
  { consumer: durable, stream_seq: sequence, deliveries }: Advisory,
): Promise<void> {
  const stored = await bus.jsm.streams.getMessage(stream.name, { seq: sequence });
  if (stored === null) return;
  const error = toExhausted(durable, deliveries);
  await onMoved?.(stored, error);
  const consumer = { durable, stream } satisfies Pick<ConsumerDeclaration, "durable" | "stream">;
  await moveToDeadLetters(bus, { consumer, stored, error, deliveries });
  logger.error({ event: "message.dead_lettered", stream: stream.name, sequence, durable, err: error });
}

/** A message was delivered as often as it may be. */
export function toExhausted(durable: string, deliveries: number): MioError {
  return new MioError("bus.deliveries_exhausted", "The message was delivered too often without success.", {
    details: { durable, deliveries },
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

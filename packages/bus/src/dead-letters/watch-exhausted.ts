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
  /** Called for each moved message before it is removed. When it rejects, it is called again. */
  readonly onMoved?: (stored: StoredMsg, error: MioError) => Promise<void>;
}

interface Advisory {
  readonly consumer: string;
  readonly stream_seq: number;
  readonly deliveries: number;
}

const watched = [streams.inbound, streams.enriched, streams.outbound] as const;

/**
 * Copies messages to the dead letters when the server reports that it no longer delivers them. Consumers of Mio have no
 * delivery limit; those that agents create may have one. The server sends the report once and without the bytes, so this
 * must run where messages are read. One of several processes does the work.
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

/** The error of a message that reached its delivery limit. */
export function toExhausted(durable: string, deliveries: number): MioError {
  return new MioError("bus.deliveries_exhausted", "The message was delivered too often without success.", {
    details: { durable, deliveries },
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

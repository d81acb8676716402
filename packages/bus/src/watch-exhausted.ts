import { MioError, toMioError } from "@mio/failure";
import { createBackoff, type Logger, systemClock } from "@mio/service-kit";
import type { Bus } from "./connection.ts";
import { publishDeadLetter } from "./dead-letters.ts";
import { toEntries } from "./delivery.ts";
import type { ConsumerDeclaration } from "./topology.ts";

export interface WatchOptions {
  readonly bus: Bus;
  readonly consumer: ConsumerDeclaration;
  /** Whether this process still holds the message and will settle it itself. */
  readonly isHeld: (streamSequence: number) => boolean;
  readonly logger?: Logger | undefined;
  readonly signal: AbortSignal;
}

interface Advisory {
  readonly stream_seq: number;
  readonly deliveries: number;
}

/**
 * Watches the server's notices that it stopped delivering a message (a consumer made elsewhere may
 * limit deliveries) and copies each such message to the dead letters. In a workqueue the message is
 * then deleted, since nothing else ever would.
 */
export function watchExhausted(options: WatchOptions): Disposable {
  const { bus, consumer } = options;
  const subject = `$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.${consumer.stream.name}.${consumer.durable}`;
  const subscription = bus.nc.subscribe(subject, {
    // One replica is enough.
    queue: "mio-dead-letters",
    callback: (error, msg) => {
      if (error !== null) return;
      const advisory = msg.json<Advisory>();
      if (!options.isHeld(advisory.stream_seq)) void moveUntilDone(advisory, options);
    },
  });
  return {
    [Symbol.dispose]: () => {
      if (!bus.nc.isClosed()) subscription.unsubscribe();
    },
  };
}

async function moveUntilDone(advisory: Advisory, options: WatchOptions): Promise<void> {
  const backoff = createBackoff({ baseMs: 200, maxMs: 10_000 });
  for (let attempt = 1; !options.signal.aborted; attempt++) {
    try {
      await move(advisory, options);
      return;
    } catch (error) {
      options.logger?.warn(
        { event: "dead_letter.failed", err: toMioError(error) },
        "dead letter not stored; kept",
      );
      await systemClock.sleep(backoff.delayMs(attempt), options.signal).catch(() => {});
    }
  }
}

async function move(advisory: Advisory, { bus, consumer, logger }: WatchOptions): Promise<void> {
  const { name, retention } = consumer.stream;
  const stored = await bus.jsm.streams.getMessage(name, { seq: advisory.stream_seq });
  if (stored === null) return;
  const error = toExhausted(consumer, advisory.deliveries);
  await publishDeadLetter(bus, {
    consumer,
    subject: stored.subject,
    payload: stored.data,
    headers: toEntries(stored.header),
    streamSequence: stored.seq,
    deliveries: advisory.deliveries,
    reason: "exhausted",
    error,
  });
  if (retention === "workqueue") await bus.jsm.streams.deleteMessage(name, stored.seq);
  logger?.error({ event: "message.dead_lettered", stream: name, sequence: stored.seq, err: error });
}

/** A message was delivered as often as it may be. */
export function toExhausted(consumer: ConsumerDeclaration, deliveries: number): MioError {
  return new MioError("bus.deliveries_exhausted", "The message was delivered too often without success.", {
    details: { durable: consumer.durable, deliveries },
  });
}

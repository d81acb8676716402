import { toMioError } from "@mio/failure";
import type { Bus } from "../connect/connection.ts";
import { toApiFailure } from "../connect/jetstream-error.ts";
import { readStreamState } from "../topology/stream-state.ts";
import type { ConsumerDeclaration } from "../topology/topology.ts";
import type { ConsumeOptions } from "./consume-options.ts";

/** Where a consumer stands against the messages that its stream still has. */
interface Gap {
  /** Up to here the stream dropped its messages. */
  readonly droppedThrough: number;
  /** Up to here the consumer delivered them. */
  readonly deliveredThrough: number;
}

/**
 * Reads where a consumer stands. Messages between both numbers were never delivered and never will be.
 *
 * @throws MioError `bus.unavailable`, `bus.no_stream`
 */
async function readGap(bus: Bus, { stream, durable }: ConsumerDeclaration): Promise<Gap> {
  // The stream first: what is dropped after that look is counted by the next one.
  const { firstSequence } = await readStreamState(bus, stream);
  const { delivered } = await bus.jsm.consumers.info(stream.name, durable).catch((error: unknown) => {
    throw toApiFailure(error, "consumers", { stream: stream.name, durable });
  });
  return { droppedThrough: firstSequence - 1, deliveredThrough: delivered.stream_seq };
}

/** Counts messages once, however often the gap is looked at. */
export function createGapCounter(): (gap: Gap) => number {
  let counted = 0;
  return ({ droppedThrough, deliveredThrough }) => {
    // Another stream of the same name counts from the beginning.
    if (droppedThrough < counted) counted = 0;
    const skipped = Math.max(0, droppedThrough - Math.max(deliveredThrough, counted));
    counted = Math.max(counted, droppedThrough);
    return skipped;
  };
}

const everyMs = 30_000;

/** A look for skipped messages, now and then until it is disposed. */
export interface SkippedWatch extends Disposable {
  /** Looks now. Never rejects. */
  look(): Promise<void>;
}

/**
 * Watches a consumer that reads a whole stream for messages that the stream dropped unread, by its age or by a limit that
 * an operator set. Each is counted as `mio_consumer_skipped_messages_total`; a gap is logged once.
 */
export function watchSkipped(options: ConsumeOptions): SkippedWatch {
  const { bus, consumer, logger, metrics } = options;
  const { stream, durable } = consumer;
  if (!readsWholeStream(consumer) || (logger ?? metrics) === undefined) {
    return { look: async () => {}, [Symbol.dispose]: () => {} };
  }
  const labels = { stream: stream.name, durable };
  const total = metrics?.counter({
    name: "mio_consumer_skipped_messages_total",
    help: "Messages that a stream dropped before the consumer read them",
    labels: ["stream", "durable"],
  });
  total?.inc(labels, 0);
  const count = createGapCounter();
  const look = async (): Promise<void> => {
    try {
      const gap = await readGap(bus, consumer);
      const skipped = count(gap);
      if (skipped === 0) return;
      total?.inc(labels, skipped);
      const line = { event: "consume.messages_skipped", ...labels, skipped, first: gap.droppedThrough + 1 };
      logger?.error({ ...line, delivered: gap.deliveredThrough }, "the stream dropped unread messages");
    } catch (error) {
      logger?.debug({ event: "consume.look_failed", durable, err: toMioError(error) });
    }
  };
  const timer = setInterval(() => void look(), everyMs);
  return { look, [Symbol.dispose]: () => clearInterval(timer) };
}

/** A consumer with a narrower filter does not move past what it does not read. */
function readsWholeStream({ stream, filter }: ConsumerDeclaration): boolean {
  if (stream.retention === "workqueue") return false;
  return filter === undefined || (stream.subjects.length === 1 && stream.subjects[0] === filter);
}

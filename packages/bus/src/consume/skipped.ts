import { toMioError } from "@mio/failure";
import type { Bus } from "../connect/connection.ts";
import { toApiFailure } from "../connect/jetstream-error.ts";
import { readStreamState } from "../topology/stream-state.ts";
import type { ConsumerDeclaration } from "../topology/topology.ts";
import type { ConsumeOptions } from "./consume-options.ts";

/** The position of a consumer relative to its stream's first message. */
interface Gap {
  /** The last sequence that the stream dropped. */
  readonly droppedThrough: number;
  /** The last sequence that the consumer delivered. */
  readonly deliveredThrough: number;
}

/**
 * Reads the position of a consumer. Messages between both numbers were not delivered and never will be.
 *
 * @throws MioError `bus.unavailable`, `bus.no_stream`
 */
async function readGap(bus: Bus, { stream, durable }: ConsumerDeclaration): Promise<Gap> {
  // The stream first. Messages that it drops afterwards are counted by the next check.
  const { firstSequence } = await readStreamState(bus, stream);
  const { delivered } = await bus.jsm.consumers.info(stream.name, durable).catch((error: unknown) => {
    throw toApiFailure(error, "consumers", { stream: stream.name, durable });
  });
  return { droppedThrough: firstSequence - 1, deliveredThrough: delivered.stream_seq };
}

/** Counts each skipped message once over repeated checks. */
export function createGapCounter(): (gap: Gap) => number {
  let counted = 0;
  return ({ droppedThrough, deliveredThrough }) => {
    // A different stream of the same name counts from 1.
    if (droppedThrough < counted) counted = 0;
    const skipped = Math.max(0, droppedThrough - Math.max(deliveredThrough, counted));
    counted = Math.max(counted, droppedThrough);
    return skipped;
  };
}

const everyMs = 30_000;

/** Checks for skipped messages periodically until it is disposed. */
export interface SkippedWatch extends Disposable {
  /** Checks now. Never rejects. */
  look(): Promise<void>;
}

/**
 * Detects messages that the stream of a consumer dropped unread, because of its age or of a limit that an operator set.
 * It works for consumers that read a whole stream. Each message is counted as `mio_consumer_skipped_messages_total`; a
 * gap is logged once.
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

/** A consumer with a narrower filter does not advance past messages that it does not read. */
function readsWholeStream({ stream, filter }: ConsumerDeclaration): boolean {
  if (stream.retention === "workqueue") return false;
  return filter === undefined || (stream.subjects.length === 1 && stream.subjects[0] === filter);
}

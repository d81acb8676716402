import type { Logger } from "@mio/service-kit";
import type { Bus } from "../connect/connection.ts";
import { openConsumer, removeConsumer } from "../topology/ensure-consumer.ts";
import { readStoredAt, readStreamState, type StreamState } from "../topology/stream-state.ts";
import type { ConsumerDeclaration } from "../topology/topology.ts";
import type { Delivery } from "./delivery.ts";

export interface PositionOptions {
  readonly bus: Bus;
  readonly consumer: ConsumerDeclaration;
  readonly logger?: Logger | undefined;
  /** Called when the stream was replaced, with a test for deliveries of the present stream. */
  readonly onReplaced: (isPresent: (delivery: Delivery) => boolean) => void;
}

/** How far a consumer was read, and in which stream. */
export interface Position {
  saw(delivery: Delivery): void;
  /**
   * Creates the consumer if it is missing. In the same stream it starts before every message that a replica may still
   * hold; in a different stream at the first message.
   *
   * @param lowestHeld the earliest sequence that this process holds
   * @throws MioError as `ensureConsumer`
   */
  open(lowestHeld: () => number): Promise<void>;
}

interface Furthest {
  readonly sequence: number;
  readonly storedAt: Date;
}

/** Creates the position of a new reader. */
export function createPosition(options: PositionOptions): Position {
  const { bus, consumer, logger, onReplaced } = options;
  const { stream, durable } = consumer;
  let known: StreamState | undefined;
  let furthest: Furthest | undefined;

  const recognize = async (): Promise<StreamState> => {
    const now = await readStreamState(bus, stream);
    const change = known && (await findChange(options, { known, furthest, now }));
    if (change !== undefined) {
      const fields = {
        durable,
        stream: stream.name,
        change,
        read: furthest?.sequence ?? 0,
        last: now.lastSequence,
      };
      logger?.warn(
        { event: "consume.stream_replaced", ...fields },
        "the stream was replaced; reading from its beginning",
      );
      furthest = undefined;
      onReplaced(change === "recreated" ? isStoredSince(now.created) : () => false);
    }
    known = now;
    return now;
  };
  const open = async (lowestHeld: () => number): Promise<void> => {
    const { created } = await recognize();
    const start = furthest && toResumePoint(consumer, Math.min(furthest.sequence + 1, lowestHeld()));
    const opened = await openConsumer(bus, consumer, start);
    if (opened === "replaced") {
      const line = { event: "consume.consumer_replaced", durable, stream: stream.name };
      logger?.warn(line, "the consumer started beyond its stream; reading from the beginning");
    }
    // The start was computed for the stream that was inspected. It may have been replaced since.
    if (start === undefined || opened !== "made") return;
    if ((await readStreamState(bus, stream)).created === created) return;
    await removeConsumer(bus, consumer);
    await open(lowestHeld);
  };
  return {
    saw: ({ streamSequence: sequence, timestamp: storedAt }) => {
      if (sequence > (furthest?.sequence ?? 0)) furthest = { sequence, storedAt };
    },
    open,
  };
}

interface Comparison {
  readonly known: StreamState;
  readonly furthest: Furthest | undefined;
  readonly now: StreamState;
}

/** A restored stream has the creation time of the original, but may end earlier or have other messages. */
async function findChange(
  { bus, consumer }: PositionOptions,
  { known, furthest, now }: Comparison,
): Promise<"recreated" | "shorter" | "rewritten" | undefined> {
  if (now.created !== known.created) return "recreated";
  if (furthest === undefined) return undefined;
  if (now.lastSequence < furthest.sequence) return "shorter";
  const storedAt = await readStoredAt(bus, consumer.stream, furthest.sequence);
  const isOther = storedAt !== undefined && storedAt.getTime() !== furthest.storedAt.getTime();
  return isOther ? "rewritten" : undefined;
}

function isStoredSince(created: string): (delivery: Delivery) => boolean {
  const since = Date.parse(created);
  return ({ timestamp }) => timestamp.getTime() >= since;
}

/** Other replicas may hold `maxAckPending` messages. A workqueue has only unacknowledged messages anyway. */
function toResumePoint({ stream, maxAckPending }: ConsumerDeclaration, lowest: number): number | undefined {
  return stream.retention === "workqueue" ? undefined : Math.max(1, lowest - maxAckPending);
}

import type { Identity } from "./delivery.ts";

/** The state of the stream. */
export interface StreamState {
  /** When the stream was created. A different time means a different stream of the same name. */
  readonly created: string;
  readonly lastSeq: number;
}

/** The state of the consumer. */
export interface ConsumerState {
  readonly created: string;
  /** All messages up to this sequence are finished, by any reader of the durable. */
  readonly floor: number;
}

/** Selects the messages of the former stream. */
export type IsFormer = (identity: Identity) => boolean;

/**
 * Which messages one reader has finished. With it a deleted consumer can be created again at its position: no message
 * is lost, and none that was finished here is handled twice. A message is identified by sequence and time, because a
 * stream that was recreated or restored from a backup gives the same sequences to other messages.
 */
export interface Progress {
  /** The last known message by sequence: the last that arrived, or the last that the consumer has passed. */
  reached(): Identity;
  /**
   * Records the state of the stream. If it is a different stream, returns a test for messages of the former one.
   * `before` is the result of `reached` when the request was sent, because messages may arrive before its answer.
   */
  streamSeen(stream: StreamState, before: Identity): IsFormer | undefined;
  /** Records what the stream has at {@link Progress.highest}; true when it is a different message. */
  highestStored(timeMs: number): boolean;
  floorReached(consumer: ConsumerState): void;
  arrived(identity: Identity): void;
  settled(identity: Identity): void;
  /** Whether this reader has finished the message. */
  isSettled(identity: Identity): boolean;
  /** The start of a new consumer; undefined while no position is known. */
  resumeAt(): number | undefined;
  /** The last message that arrived, by sequence. */
  highest(): Identity | undefined;
}

/** Limits the memory while one old message keeps the floor low. Beyond it the oldest may be handled again. */
const maxRemembered = 100_000;

export function createProgress(): Progress {
  let streamCreated: string | undefined;
  let consumerCreated: string | undefined;
  let floor: number | undefined;
  let highest: Identity | undefined;
  /** When the newest message was stored that this reader finished and that is not above the floor. */
  let floorTimeMs = 0;
  /** The last finished message before the stream was restored from an older backup. */
  let restored: Identity | undefined;
  const settled = new Map<number, number>();

  const startOver = () => {
    floor = 0;
    consumerCreated = undefined;
    highest = undefined;
  };
  /** The same stream from a backup: its messages up to the old floor are finished. */
  const restoreAt = (floorBefore: number) => {
    restored = { seq: floorBefore, timeMs: floorTimeMs };
    startOver();
  };
  return {
    reached: () => ({ seq: Math.max(floor ?? 0, highest?.seq ?? 0), timeMs: highest?.timeMs ?? 0 }),
    streamSeen({ created, lastSeq }, before) {
      const isOther = streamCreated !== undefined && streamCreated !== created;
      streamCreated = created;
      if (isOther) {
        restored = undefined;
        floorTimeMs = 0;
        startOver();
        const createdMs = Date.parse(created);
        return ({ timeMs }) => timeMs < createdMs;
      }
      if (lastSeq >= before.seq) return undefined;
      restoreAt(floor ?? 0);
      return ({ seq, timeMs }) => seq > lastSeq && timeMs <= before.timeMs;
    },
    highestStored(timeMs) {
      if (highest === undefined || highest.timeMs === timeMs) return false;
      restoreAt(floor ?? 0);
      return true;
    },
    floorReached({ created, floor: reached }) {
      // Answers can overtake each other. A recreated consumer can have a lower floor.
      floor = consumerCreated === created ? Math.max(floor ?? 0, reached) : reached;
      consumerCreated = created;
      for (const [seq, timeMs] of settled) {
        if (seq > floor) continue;
        floorTimeMs = Math.max(floorTimeMs, timeMs);
        settled.delete(seq);
      }
    },
    arrived(identity) {
      if (highest === undefined || identity.seq >= highest.seq) highest = identity;
    },
    settled({ seq, timeMs }) {
      settled.set(seq, timeMs);
      if (settled.size <= maxRemembered) return;
      const [oldest] = settled.keys();
      if (oldest !== undefined) settled.delete(oldest);
    },
    isSettled({ seq, timeMs }) {
      if (settled.get(seq) === timeMs) return true;
      return restored !== undefined && seq <= restored.seq && timeMs <= restored.timeMs;
    },
    resumeAt: () => (floor === undefined ? undefined : floor + 1),
    highest: () => highest,
  };
}

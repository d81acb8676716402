import type { Identity } from "./delivery.ts";

/** What the server says about the stream. */
export interface StreamState {
  /** When the stream was created; another time means another stream of the same name. */
  readonly created: string;
  readonly lastSeq: number;
}

/** What the server says about the consumer. */
export interface ConsumerState {
  readonly created: string;
  /** Everything up to here is finished, by any reader of the durable. */
  readonly floor: number;
}

/** Selects the messages of the stream that was there before. */
export type IsFormer = (identity: Identity) => boolean;

/**
 * What one reader has finished, so that a deleted consumer can be created again where it stood: nothing is lost
 * and what was finished here is not handled twice. A message is known by its sequence and its time, because a
 * stream that was recreated or restored from a backup gives the same sequences to other messages.
 */
export interface Progress {
  /** The last message that is known, by sequence: what arrived, or what the consumer has passed. */
  reached(): Identity;
  /**
   * Takes note of the stream; the answer selects the messages of the former one when it is another stream.
   * `before` is what was reached when the server was asked: later messages may arrive before its answer.
   */
  streamSeen(stream: StreamState, before: Identity): IsFormer | undefined;
  /** Takes note of what the stream holds at {@link Progress.highest}; true when it is another message. */
  highestStored(timeMs: number): boolean;
  floorReached(consumer: ConsumerState): void;
  arrived(identity: Identity): void;
  settled(identity: Identity): void;
  /** Whether this reader finished the message before. */
  isSettled(identity: Identity): boolean;
  /** Where a new consumer has to start; undefined while nothing is known. */
  resumeAt(): number | undefined;
  /** The last message that arrived, by sequence. */
  highest(): Identity | undefined;
}

/** Bounds the memory when one old message holds the floor down; beyond it the oldest may be handled again. */
const maxRemembered = 100_000;

export function createProgress(): Progress {
  let streamCreated: string | undefined;
  let consumerCreated: string | undefined;
  let floor: number | undefined;
  let highest: Identity | undefined;
  /** When the newest of the messages up to the floor was stored, as far as this reader finished them. */
  let floorTimeMs = 0;
  /** What was finished before the stream was restored from a backup that knows less. */
  let restored: Identity | undefined;
  const settled = new Map<number, number>();

  const startOver = () => {
    floor = 0;
    consumerCreated = undefined;
    highest = undefined;
  };
  /** The same stream from a backup: what it still has of the messages up to the old floor is finished. */
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
      // An answer may be older than one before; a consumer that was recreated may have gone back.
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

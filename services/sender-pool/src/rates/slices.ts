import { createBoundedMap } from "@mio/pacing";
import { type Bucket, burst, type RateLimit } from "./buckets.ts";

/**
 * Turns that this process has taken from a shared bucket in advance, so that most turns need no statement. A slice is at
 * most a quarter of a second of the rate, and is used within a quarter of a second: a pause that another process has
 * written counts after that at the latest.
 *
 * All processes together stay within rate and burst. A turn in a slice and the token that refills its place in the bucket
 * must not both count, so a slice shrinks as the bucket that it was taken from would fill up, if no process took from it. What
 * is left at its end is dropped: the bucket has filled up meanwhile, or is behind by less than a quarter of a second.
 */
export interface Slices {
  /** The number of turns to take together; 0 when the rate is too low for slices. */
  sizeOf(limit: RateLimit): number;
  /** Takes up to `most` turns; returns how many there were. */
  spend(limit: RateLimit, most: number): number;
  /** Keeps turns just taken from the bucket, which it left in this state, in place of the earlier slice. */
  keep(limit: RateLimit, bucket: Bucket, turns: number): void;
  /** Takes an unused turn back; returns whether there is a slice for it. */
  putBack(limit: RateLimit): boolean;
  /** The platform throttled: only the bucket knows the next turn. */
  discard(key: string): void;
}

const sliceMs = 250;
/** A smaller slice saves nothing. */
const smallest = 2;
const maxSlices = 10_000;

interface Slice {
  readonly perSecond: number;
  /** The bucket when the slice was taken. */
  readonly tokens: number;
  readonly at: number;
  readonly until: number;
  turns: number;
}

/** Slices by the time that all processes share, in ms. */
export function createSlices(now: () => number): Slices {
  const slices = createBoundedMap<string, Slice>(maxSlices);

  const current = ({ key, perSecond }: RateLimit): Slice | undefined => {
    const slice = slices.get(key);
    return slice !== undefined && slice.perSecond === perSecond && now() < slice.until ? slice : undefined;
  };

  const sizeOf: Slices["sizeOf"] = ({ perSecond }) => {
    const size = Math.floor((perSecond * sliceMs) / 1_000);
    return size < smallest ? 0 : size;
  };

  return {
    sizeOf,
    spend(limit, most) {
      const slice = current(limit);
      if (slice === undefined) return 0;
      slice.turns = Math.min(slice.turns, roomFor(slice, now()));
      const count = Math.min(most, slice.turns);
      slice.turns -= count;
      return count;
    },
    keep(limit, { tokens, at }, turns) {
      const { key, perSecond } = limit;
      slices.set(key, { perSecond, tokens, at, until: now() + sliceMs, turns });
    },
    putBack(limit) {
      const slice = sizeOf(limit) === 0 ? undefined : current(limit);
      if (slice === undefined) return false;
      slice.turns += 1;
      return true;
    },
    discard: (key) => void slices.delete(key),
  };
}

/** The room that the bucket has left for turns outside of it. */
function roomFor({ perSecond, tokens, at }: Slice, now: number): number {
  const refilled = tokens + (Math.max(0, now - at) * perSecond) / 1_000;
  return Math.max(0, Math.floor(burst(perSecond) - refilled + 1e-9));
}

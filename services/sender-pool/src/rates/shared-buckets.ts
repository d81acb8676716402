import type { Clock } from "@mio/service-kit";
import { type Db, type KeptBucket, readRateBucket, replaceRateBucket } from "@mio/store";
import { z } from "zod";
import { type Bucket, fullBucket, isSlow } from "./bucket.ts";
import type { RateLimit } from "./rate-limit.ts";
import { createSharedTime } from "./shared-time.ts";

/** The buckets that all sender pools share. */
export interface SharedBuckets {
  /**
   * Changes a bucket. `change` may be asked several times, with what others have made of it meanwhile; undefined leaves
   * it as it is.
   */
  change(limit: RateLimit, change: (bucket: Bucket) => Bucket | undefined): Promise<void>;
  /** The time that all pools share, ms since 1970; what buckets hold is in this time. */
  now(): number;
  /** Until when the platform asked for silence, as far as this process has seen, ms. */
  pausedUntil(key: string): number;
  /** Buckets, of those this process has seen lately, that go slower than advertised. */
  readonly slowed: number;
}

const bucket = z.object({
  tokens: z.number(),
  at: z.number(),
  pausedUntil: z.number(),
  slowdown: z.object({ perSecond: z.number(), from: z.number() }).optional(),
});

/** Buckets remembered here, so that the usual change is one statement. */
const remembered = 10_000;

/**
 * Keeps buckets in Postgres: the pool that replaces the version it has seen wins, and the others look again. Times are the
 * database's, as far as its last answer tells; a pool whose own clock is ahead would empty the buckets of the others.
 */
export function createSharedBuckets(db: Db, clock: Pick<Clock, "now">): SharedBuckets {
  const time = createSharedTime(clock);
  const seen = new Map<string, KeptBucket>();
  const remember = (key: string, kept: KeptBucket): KeptBucket => {
    seen.delete(key);
    seen.set(key, kept);
    const [oldest] = seen.keys();
    if (seen.size > remembered && oldest !== undefined) seen.delete(oldest);
    return kept;
  };
  return {
    async change({ key, perSecond }, change) {
      let kept = seen.get(key) ?? remember(key, await time.asking(() => readRateBucket(db, key)));
      for (;;) {
        const next = change(toBucket(kept, perSecond, time.now()));
        if (next === undefined) return;
        const { version } = kept;
        const replacing = async () => {
          const { replaced, kept: newer } = await replaceRateBucket(db, key, { version, state: next });
          return { ...newer, replaced };
        };
        const { replaced, ...newer } = await time.asking(replacing);
        kept = remember(key, newer);
        if (replaced) return;
      }
    },
    now: time.now,
    pausedUntil(key) {
      const kept = seen.get(key);
      return kept === undefined ? 0 : toBucket(kept, 1, 0).pausedUntil;
    },
    get slowed() {
      const now = time.now();
      return [...seen.values()].filter((kept) => isSlow(toBucket(kept, 1, now), now)).length;
    },
  };
}

function toBucket({ state }: KeptBucket, perSecond: number, now: number): Bucket {
  const known = bucket.safeParse(state);
  return known.success ? { slowdown: undefined, ...known.data } : fullBucket(perSecond, now);
}

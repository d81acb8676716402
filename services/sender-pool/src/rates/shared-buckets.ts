import { type Clock, createBoundedMap } from "@mio/pacing";
import { type Db, type KeptBucket, readRateBucket, replaceRateBucket } from "@mio/store";
import { z } from "zod";
import { type Bucket, fullBucket, isSlow, type RateLimit } from "./bucket.ts";

/** The buckets that all sender pools share. */
export interface SharedBuckets {
  /**
   * Changes a bucket. If another process changed it in the meantime, it calls `change` again with the new state. Undefined
   * leaves the bucket as it is.
   */
  change(limit: RateLimit, change: (bucket: Bucket) => Bucket | undefined): Promise<void>;
  /** The time that all pools share, in ms since 1970; the times in buckets are in it. */
  now(): number;
  /** The end of the pause that the platform asked for, in ms, as far as this process has seen. */
  pausedUntil(key: string): number;
  /** Buckets slower than advertised, among those that this process used recently. */
  readonly slowed: number;
}

const bucket = z.object({
  tokens: z.number(),
  at: z.number(),
  pausedUntil: z.number(),
  slowdown: z.object({ perSecond: z.number(), from: z.number() }).optional(),
});

/** Buckets kept in memory, so that most changes are one statement. */
const remembered = 10_000;

/**
 * Keeps buckets in Postgres. A pool replaces the version it has read; if that is outdated, it reads again. Times are those
 * of the database, since a pool whose clock is ahead would empty the buckets of the others.
 */
export function createSharedBuckets(db: Db, clock: Pick<Clock, "now">): SharedBuckets {
  const time = createSharedTime(clock);
  const seen = createBoundedMap<string, KeptBucket>(remembered);
  const remember = (key: string, kept: KeptBucket): KeptBucket => {
    seen.set(key, kept);
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
      const kept = seen.peek(key);
      return kept === undefined ? 0 : toBucket(kept, 1, 0).pausedUntil;
    },
    get slowed() {
      const now = time.now();
      return [...seen].filter(([, kept]) => isSlow(toBucket(kept, 1, now), now)).length;
    },
  };
}

function toBucket({ state }: KeptBucket, perSecond: number, now: number): Bucket {
  const known = bucket.safeParse(state);
  return known.success ? { slowdown: undefined, ...known.data } : fullBucket(perSecond, now);
}

/** The time of the database, extrapolated by this process's clock between answers. */
export interface SharedTime {
  /** Whole ms since 1970; never ahead of the database, as far as its answers show. */
  now(): number;
  /** Runs a query whose answer contains the time of the database. */
  asking<Answer extends { readonly now: number }>(ask: () => Promise<Answer>): Promise<Answer>;
}

/** Clocks are read in whole ms. */
const grainMs = 1;

/**
 * The database answered between the query and the arrival of its answer, which bounds the difference of the clocks. The
 * estimate changes only when it is outside these bounds, or every slow answer would shift all pauses.
 */
export function createSharedTime(clock: Pick<Clock, "now">): SharedTime {
  const own = (): number => clock.now().getTime();
  let aheadMs = 0;
  return {
    now: () => Math.floor(own() + aheadMs),
    async asking(ask) {
      const askedAt = own();
      const answer = await ask();
      const [least, most] = [answer.now - own() - grainMs, answer.now - askedAt + grainMs];
      aheadMs = Math.min(most, Math.max(least, aheadMs));
      return answer;
    },
  };
}

import { type Clock, createBoundedMap } from "@mio/pacing";
import { type Db, type KeptBucket, readRateBucket, replaceRateBucket } from "@mio/store";
import { z } from "zod";

/** The rate of one bucket. */
export interface RateLimit {
  /** What the rate counts for: an account id, or account and conversation. */
  readonly key: string;
  /** Above 0. */
  readonly perSecond: number;
}

/** The pace of one account or conversation. Times in ms since 1970. */
export interface Bucket {
  /** Calls that may be made at once, as of `at`. */
  readonly tokens: number;
  readonly at: number;
  /** The platform asked for no calls before this time. */
  readonly pausedUntil: number;
  readonly slowdown: Slowdown | undefined;
}

/** Longest wait while a rate recovers, since the next call is soon possible earlier than computed. */
const recoveryStepMs = 1_000;

const burstMs = 1_000;

/** A bucket has one second of calls: a short burst goes out at once, then the rate applies. */
export function fullBucket(perSecond: number, now: number): Bucket {
  return { tokens: burst(perSecond), at: now, pausedUntil: 0, slowdown: undefined };
}

export type Taken =
  | { readonly kind: "taken"; readonly count: number; readonly bucket: Bucket }
  /** Look again after this, in whole ms. */
  | { readonly kind: "wait"; readonly ms: number };

/** Takes as many calls as there are, up to `wanted`, or returns the time until the next one. */
export function takeTokens(
  bucket: Bucket,
  perSecond: number,
  { wanted, now }: { readonly wanted: number; readonly now: number },
): Taken {
  if (now < bucket.pausedUntil) return { kind: "wait", ms: bucket.pausedUntil - now };
  const refilled = refill(bucket, perSecond, now);
  // A small tolerance, or rounding errors would add a millisecond again and again.
  const count = Math.min(wanted, Math.floor(refilled.tokens + 1e-9));
  if (count >= 1)
    return { kind: "taken", count, bucket: { ...refilled, tokens: Math.max(0, refilled.tokens - count) } };
  const rate = rateAt(refilled.slowdown, perSecond, now);
  const ms = Math.max(1, Math.ceil(((1 - refilled.tokens) * 1_000) / rate));
  return { kind: "wait", ms: refilled.slowdown === undefined ? ms : Math.min(ms, recoveryStepMs) };
}

/** Returns unused turns to the bucket, up to its burst. */
export function giveTokens(bucket: Bucket, perSecond: number, count: number): Bucket {
  return { ...bucket, tokens: Math.min(burst(perSecond), bucket.tokens + count) };
}

/**
 * The platform throttled a call. The bucket stops for exactly `afterMs`, or, if the platform named no time, for as long as
 * one call takes at half the rate.
 */
export function slowed(
  bucket: Bucket,
  perSecond: number,
  { afterMs, now }: { readonly afterMs: number | undefined; readonly now: number },
): Bucket {
  if (afterMs !== undefined) return { ...bucket, pausedUntil: Math.max(bucket.pausedUntil, now + afterMs) };
  // Calls in flight at the same time are throttled together; they slow the rate once.
  if (now < bucket.pausedUntil) return bucket;
  const slowdown = slowDown(rateAt(bucket.slowdown, perSecond, now), now);
  // One call probes the platform after the pause.
  return { tokens: 1, at: slowdown.from, pausedUntil: slowdown.from, slowdown };
}

/** Whether it is slower than advertised, because of a throttle. */
export function isSlow({ slowdown }: Bucket, now: number): boolean {
  return slowdown !== undefined && !isOver(slowdown, now);
}

function refill(bucket: Bucket, advertised: number, now: number): Bucket {
  const { slowdown } = bucket;
  const rate = rateAt(slowdown, advertised, now);
  const meanRate = (rateAt(slowdown, advertised, bucket.at) + rate) / 2;
  const elapsedMs = Math.max(0, now - bucket.at);
  const tokens = Math.min(burst(rate), bucket.tokens + (elapsedMs * meanRate) / 1_000);
  // The clock of another process may be slightly ahead. A clock that was set back must not stop the bucket.
  const at = Math.max(now, Math.min(bucket.at, now + burstMs));
  return { ...bucket, tokens, at, slowdown: rate >= advertised ? undefined : slowdown };
}

/** Calls that may be made at once. */
export function burst(perSecond: number): number {
  return Math.max(1, perSecond);
}

/** A rate below the advertised one, learned from a throttle. */
export interface Slowdown {
  /** Calls per second at `from`. */
  readonly perSecond: number;
  /** Time of the next call, in ms; from then on the rate recovers. */
  readonly from: number;
}

/** The lowest rate: one call per minute. */
const slowest = 1 / 60;
/** Pause after a throttle without a time. */
const shortestPauseMs = 2_000;
/** Time in which a rate recovers linearly from zero. */
const recoveryMs = 120_000;

/** The present rate: the learned one, which recovers up to the advertised one. */
function rateAt(slowdown: Slowdown | undefined, advertised: number, now: number): number {
  if (slowdown === undefined) return advertised;
  const recovered = (advertised * Math.max(0, now - slowdown.from)) / recoveryMs;
  return Math.min(advertised, slowdown.perSecond + recovered);
}

/** Whether the rate has recovered to any advertised one. */
function isOver({ from }: Slowdown, now: number): boolean {
  return now >= from + recoveryMs;
}

/** Half the rate, after a pause for one call at that rate. */
function slowDown(current: number, now: number): Slowdown {
  const perSecond = Math.max(Math.min(slowest, current), current / 2);
  return { perSecond, from: now + Math.max(shortestPauseMs, 1_000 / perSecond) };
}

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

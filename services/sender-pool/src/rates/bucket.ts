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

function burst(perSecond: number): number {
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

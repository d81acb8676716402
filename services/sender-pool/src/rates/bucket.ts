import { isOver, rateAt, type Slowdown, slowDown } from "./slowdown.ts";

/** The pace of one account or conversation. Times in ms since 1970. */
export interface Bucket {
  /** Calls that may be made at once, as of `at`. */
  readonly tokens: number;
  readonly at: number;
  /** The platform asked for silence until then. */
  readonly pausedUntil: number;
  readonly slowdown: Slowdown | undefined;
}

/** A bucket that recovers is looked at as often, since it soon goes faster than it seemed. */
const recoveryStepMs = 1_000;

const burstMs = 1_000;

/** A bucket holds one second's worth: a short burst goes out at once, then the rate holds. */
export function fullBucket(perSecond: number, now: number): Bucket {
  return { tokens: burst(perSecond), at: now, pausedUntil: 0, slowdown: undefined };
}

export type Taken =
  | { readonly kind: "taken"; readonly count: number; readonly bucket: Bucket }
  /** Look again after this, in whole ms. */
  | { readonly kind: "wait"; readonly ms: number };

/** Takes as many calls as there are, up to `wanted`, or tells how long until there is one. */
export function takeTokens(
  bucket: Bucket,
  perSecond: number,
  { wanted, now }: { readonly wanted: number; readonly now: number },
): Taken {
  if (now < bucket.pausedUntil) return { kind: "wait", ms: bucket.pausedUntil - now };
  const refilled = refill(bucket, perSecond, now);
  // A hair of tolerance, or rounding would ask for another millisecond for ever.
  const count = Math.min(wanted, Math.floor(refilled.tokens + 1e-9));
  if (count >= 1)
    return { kind: "taken", count, bucket: { ...refilled, tokens: Math.max(0, refilled.tokens - count) } };
  const rate = rateAt(refilled.slowdown, perSecond, now);
  const ms = Math.max(1, Math.ceil(((1 - refilled.tokens) * 1_000) / rate));
  return { kind: "wait", ms: refilled.slowdown === undefined ? ms : Math.min(ms, recoveryStepMs) };
}

/** Puts turns back that were not used; a bucket holds no more than its burst. */
export function giveTokens(bucket: Bucket, perSecond: number, count: number): Bucket {
  return { ...bucket, tokens: Math.min(burst(perSecond), bucket.tokens + count) };
}

/**
 * The platform refused a call as too fast. The bucket stops for exactly `afterMs`, or, where the platform named no time,
 * for as long as one call takes at half the rate.
 */
export function slowed(
  bucket: Bucket,
  perSecond: number,
  { afterMs, now }: { readonly afterMs: number | undefined; readonly now: number },
): Bucket {
  if (afterMs !== undefined) return { ...bucket, pausedUntil: Math.max(bucket.pausedUntil, now + afterMs) };
  // Calls that were under way together are throttled together; that is one lesson.
  if (now < bucket.pausedUntil) return bucket;
  const slowdown = slowDown(rateAt(bucket.slowdown, perSecond, now), now);
  // One call goes out after the pause, to find out.
  return { tokens: 1, at: slowdown.from, pausedUntil: slowdown.from, slowdown };
}

/** Whether it goes slower than advertised, because of what the platform taught. */
export function isSlow({ slowdown }: Bucket, now: number): boolean {
  return slowdown !== undefined && !isOver(slowdown, now);
}

function refill(bucket: Bucket, advertised: number, now: number): Bucket {
  const { slowdown } = bucket;
  const rate = rateAt(slowdown, advertised, now);
  const meanRate = (rateAt(slowdown, advertised, bucket.at) + rate) / 2;
  const elapsedMs = Math.max(0, now - bucket.at);
  const tokens = Math.min(burst(rate), bucket.tokens + (elapsedMs * meanRate) / 1_000);
  // Another process may take the time for a little later. A clock that was set back must not stop the bucket.
  const at = Math.max(now, Math.min(bucket.at, now + burstMs));
  return { ...bucket, tokens, at, slowdown: rate >= advertised ? undefined : slowdown };
}

function burst(perSecond: number): number {
  return Math.max(1, perSecond);
}

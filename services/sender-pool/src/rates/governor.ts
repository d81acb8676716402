import type { Clock } from "@mio/service-kit";
import { isOver, rateAt, type Slowdown, slowDown } from "./slowdown.ts";

/** How fast one bucket may go. */
export interface RateLimit {
  /** Account id, or account and conversation: what the rate counts. */
  readonly key: string;
  /** Above 0. */
  readonly perSecond: number;
}

/**
 * Keeps calls within a platform's rate. Waiting happens here, in process, and costs no delivery. A platform that
 * throttles without naming a time teaches a bucket its real rate: half of what it was, recovering bit by bit.
 */
export interface Governor {
  /** Resolves when the next call of this bucket may be made, in the order of asking. Rejects when `signal` aborts. */
  turn(limit: RateLimit, signal: AbortSignal): Promise<void>;
  /**
   * The platform refused a call as too fast. The bucket stops for exactly `afterMs`, or, where the platform named no
   * time, for as long as one call takes at half the rate.
   */
  throttled(limit: RateLimit, afterMs: number | undefined): void;
  /** Buckets in memory. */
  readonly size: number;
  /** Buckets that go slower than advertised, because of what the platform taught. */
  readonly slowed: number;
}

interface Bucket {
  tokens: number;
  /** When `tokens` was right, ms. */
  at: number;
  pausedUntil: number;
  slowdown: Slowdown | undefined;
  waiting: number;
  /** Settles when everybody who asked before has had their turn. */
  tail: Promise<void>;
}

/** Buckets above which idle ones are looked for. */
const sweepAbove = 1_024;
/** A bucket that recovers is looked at as often, since it soon goes faster than it seemed. */
const recoveryStepMs = 1_000;

/** Token buckets that hold one second's worth: a short burst goes out at once, then the rate holds. */
export function createGovernor(clock: Clock): Governor {
  const buckets = new Map<string, Bucket>();
  const now = (): number => clock.now().getTime();

  const bucketOf = ({ key, perSecond }: RateLimit): Bucket => {
    const known = buckets.get(key);
    if (known !== undefined) return known;
    if (buckets.size >= sweepAbove) sweep(buckets, now());
    const bucket: Bucket = {
      tokens: burst(perSecond),
      at: now(),
      pausedUntil: 0,
      slowdown: undefined,
      waiting: 0,
      tail: Promise.resolve(),
    };
    buckets.set(key, bucket);
    return bucket;
  };

  const takeToken = async (bucket: Bucket, perSecond: number, signal: AbortSignal): Promise<void> => {
    for (;;) {
      signal.throwIfAborted();
      const waitMs = msUntilToken(bucket, perSecond, now());
      if (waitMs <= 0) break;
      await clock.sleep(waitMs, signal);
    }
    bucket.tokens -= 1;
  };

  return {
    get size() {
      return buckets.size;
    },
    get slowed() {
      return [...buckets.values()].filter(({ slowdown }) => slowdown && !isOver(slowdown, now())).length;
    },
    async turn(limit, signal) {
      const bucket = bucketOf(limit);
      bucket.waiting += 1;
      const mine = bucket.tail.then(() => takeToken(bucket, limit.perSecond, signal));
      bucket.tail = mine
        .catch(() => undefined)
        .finally(() => {
          bucket.waiting -= 1;
        });
      await mine;
    },
    throttled(limit, afterMs) {
      const bucket = bucketOf(limit);
      const at = now();
      if (afterMs !== undefined) bucket.pausedUntil = Math.max(bucket.pausedUntil, at + afterMs);
      // Calls that were under way together are throttled together; that is one lesson.
      else if (at >= bucket.pausedUntil) learn(bucket, limit.perSecond, at);
    },
  };
}

function learn(bucket: Bucket, perSecond: number, now: number): void {
  const slowdown = slowDown(rateAt(bucket.slowdown, perSecond, now), now);
  bucket.slowdown = slowdown;
  bucket.pausedUntil = slowdown.from;
  // One call goes out after the pause, to find out.
  bucket.tokens = 1;
  bucket.at = slowdown.from;
}

function burst(perSecond: number): number {
  return Math.max(1, perSecond);
}

/** Refills the bucket and tells how long until it holds a token, rounded up to a millisecond. */
function msUntilToken(bucket: Bucket, advertised: number, now: number): number {
  if (now < bucket.pausedUntil) return bucket.pausedUntil - now;
  const { slowdown } = bucket;
  const rate = rateAt(slowdown, advertised, now);
  const meanRate = (rateAt(slowdown, advertised, bucket.at) + rate) / 2;
  const elapsedMs = Math.max(0, now - bucket.at);
  bucket.tokens = Math.min(burst(rate), bucket.tokens + (elapsedMs * meanRate) / 1_000);
  bucket.at = now;
  if (rate >= advertised) bucket.slowdown = undefined;
  // A hair of tolerance, or rounding would ask for another millisecond for ever.
  if (bucket.tokens >= 1 - 1e-9) return 0;
  const waitMs = Math.ceil(((1 - bucket.tokens) * 1_000) / rate);
  return bucket.slowdown === undefined ? waitMs : Math.min(waitMs, recoveryStepMs);
}

/** Forgets buckets that nobody waits for and that are long full again, unless what they learned still counts. */
function sweep(buckets: Map<string, Bucket>, now: number): void {
  for (const [key, bucket] of buckets) {
    const idleMs = now - Math.max(bucket.at, bucket.pausedUntil);
    const isSlow = bucket.slowdown !== undefined && !isOver(bucket.slowdown, now);
    if (bucket.waiting === 0 && idleMs > 60_000 && !isSlow) buckets.delete(key);
  }
}

import type { Clock } from "@mio/service-kit";

/** How fast one bucket may go. */
export interface RateLimit {
  /** Account id, or account and conversation: what the rate counts. */
  readonly key: string;
  /** Above 0. */
  readonly perSecond: number;
}

/** Keeps calls within a platform's rate. Waiting happens here, in process, and costs no delivery. */
export interface Governor {
  /** Resolves when the next call of this bucket may be made, in the order of asking. Rejects when `signal` aborts. */
  turn(limit: RateLimit, signal: AbortSignal): Promise<void>;
  /** Stops a bucket for a while, because the platform asked for it. */
  pause(key: string, forMs: number): void;
  /** Buckets in memory. */
  readonly size: number;
}

interface Bucket {
  tokens: number;
  /** When `tokens` was right, ms. */
  at: number;
  pausedUntil: number;
  waiting: number;
  /** Settles when everybody who asked before has had their turn. */
  tail: Promise<void>;
}

/** Buckets above which idle ones are looked for. */
const sweepAbove = 1_024;

/** Token buckets that hold one second's worth: a short burst goes out at once, then the rate holds. */
export function createGovernor(clock: Clock): Governor {
  const buckets = new Map<string, Bucket>();
  const now = (): number => clock.now().getTime();

  const bucketOf = (key: string, perSecond: number): Bucket => {
    const known = buckets.get(key);
    if (known !== undefined) return known;
    if (buckets.size >= sweepAbove) sweep(buckets, now());
    const bucket: Bucket = {
      tokens: burst(perSecond),
      at: now(),
      pausedUntil: 0,
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
    async turn({ key, perSecond }, signal) {
      const bucket = bucketOf(key, perSecond);
      bucket.waiting += 1;
      const mine = bucket.tail.then(() => takeToken(bucket, perSecond, signal));
      bucket.tail = mine
        .catch(() => undefined)
        .finally(() => {
          bucket.waiting -= 1;
        });
      await mine;
    },
    pause(key, forMs) {
      const bucket = bucketOf(key, 1);
      bucket.pausedUntil = Math.max(bucket.pausedUntil, now() + forMs);
    },
  };
}

function burst(perSecond: number): number {
  return Math.max(1, perSecond);
}

/** Refills the bucket and tells how long until it holds a token, rounded up to a millisecond. */
function msUntilToken(bucket: Bucket, perSecond: number, now: number): number {
  if (now < bucket.pausedUntil) return bucket.pausedUntil - now;
  const elapsedMs = Math.max(0, now - bucket.at);
  bucket.tokens = Math.min(burst(perSecond), bucket.tokens + (elapsedMs * perSecond) / 1_000);
  bucket.at = now;
  // A hair of tolerance, or rounding would ask for another millisecond for ever.
  return bucket.tokens >= 1 - 1e-9 ? 0 : Math.ceil(((1 - bucket.tokens) * 1_000) / perSecond);
}

/** Forgets buckets that nobody waits for and that are long full again. */
function sweep(buckets: Map<string, Bucket>, now: number): void {
  for (const [key, bucket] of buckets) {
    const idleMs = now - Math.max(bucket.at, bucket.pausedUntil);
    if (bucket.waiting === 0 && idleMs > 60_000) buckets.delete(key);
  }
}

import type { Clock } from "@mio/pacing";
import type { SharedBuckets } from "../../src/rates/buckets.ts";
import { type Bucket, fullBucket, isSlow } from "../../src/rates/buckets.ts";

/** Buckets without a database, for tests and simulations. */
export function createMemoryBuckets(clock: Pick<Clock, "now">): SharedBuckets {
  const buckets = new Map<string, Bucket>();
  return {
    async change({ key, perSecond }, change) {
      const next = change(buckets.get(key) ?? fullBucket(perSecond, clock.now().getTime()));
      if (next !== undefined) buckets.set(key, next);
    },
    now: () => clock.now().getTime(),
    pausedUntil: (key) => buckets.get(key)?.pausedUntil ?? 0,
    get slowed() {
      const now = clock.now().getTime();
      return [...buckets.values()].filter((bucket) => isSlow(bucket, now)).length;
    },
  };
}

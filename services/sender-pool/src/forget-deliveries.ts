import type { Clock } from "@mio/pacing";
import type { Logger, Worker } from "@mio/service-kit";
import { type Db, purgeDeliveries, purgeRateBuckets, purgeRedrives, removeOld } from "@mio/store";

export interface ForgetDeliveriesOptions {
  readonly db: Db;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly retentionMs: number;
}

const hourMs = 3_600_000;
/** By then every bucket is full. */
const bucketIdleMs = 24 * hourMs;
/** Commands live on their stream for a day, so no process still has one that is a week old. */
const minOrphanAgeMs = 7 * 24 * hourMs;

/** Hourly: purges old deliveries and idle rate-limit buckets. */
export function createForgetDeliveries(options: ForgetDeliveriesOptions): Worker {
  const { db, clock, logger, retentionMs } = options;
  return {
    name: "forget-deliveries",
    async run(signal) {
      while (!signal.aborted) {
        const now = clock.now().getTime();
        const retention = {
          endedBefore: new Date(now - retentionMs),
          orphanedBefore: new Date(now - Math.max(retentionMs, minOrphanAgeMs)),
        };
        await removeOld({
          purge: () => purgeDeliveries(db, retention),
          clock,
          signal,
          onRemoved: (count) => logger.info({ count }, "deliveries.forgotten"),
        });
        await removeOld({
          purge: () => purgeRedrives(db, retention.endedBefore),
          clock,
          signal,
          onRemoved: (count) => logger.info({ count }, "redrives.forgotten"),
        });
        await removeOld({
          purge: () => purgeRateBuckets(db, new Date(now - bucketIdleMs)),
          clock,
          signal,
          onRemoved: (count) => logger.debug({ count }, "rate_buckets.forgotten"),
        });
        await clock.sleep(hourMs, signal).catch(() => undefined);
      }
    },
  };
}

import type { Clock } from "@mio/pacing";
import type { Logger, Worker } from "@mio/service-kit";
import {
  type Db,
  type DeliveryRotation,
  purgeRateBuckets,
  purgeRedrives,
  removeOld,
  rotateDeliveries,
} from "@mio/store";

export interface ForgetDeliveriesOptions {
  readonly db: Db;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly retentionMs: number;
  /** Called after each step. */
  readonly onRotated: (rotation: DeliveryRotation) => void;
}

const hourMs = 3_600_000;
/** By then every bucket is full. */
const bucketIdleMs = 24 * hourMs;
/** Commands live on their stream for a day, so no process still has one that is a week old, ended or not. */
const minKeepMs = 7 * 24 * hourMs;

/** Hourly: rotates the partitions of deliveries, and purges old redrives and idle rate-limit buckets. */
export function createForgetDeliveries(options: ForgetDeliveriesOptions): Worker {
  const { db, clock, logger, retentionMs, onRotated } = options;
  const rotate = async (): Promise<number> => {
    const rotation = await rotateDeliveries(db, Math.max(retentionMs, minKeepMs));
    onRotated(rotation);
    return rotation.created + rotation.moved + rotation.dropped;
  };
  return {
    name: "forget-deliveries",
    async run(signal) {
      while (!signal.aborted) {
        const now = clock.now().getTime();
        await removeOld({ purge: rotate, clock, signal, onRemoved: () => {} });
        await removeOld({
          purge: () => purgeRedrives(db, new Date(now - retentionMs)),
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

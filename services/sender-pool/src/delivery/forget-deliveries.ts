import type { Clock, Logger, Worker } from "@mio/service-kit";
import { type Db, purgeDeliveries, purgeRateBuckets } from "@mio/store";

export interface ForgetDeliveriesOptions {
  readonly db: Db;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly retentionMs: number;
}

const everyMs = 3_600_000;
/** By when a bucket is full again whatever it was. */
const bucketIdleMs = 24 * everyMs;

/** Removes the records of commands that ended long ago, and of paces nobody keeps any more, once an hour. */
export function createForgetDeliveries(options: ForgetDeliveriesOptions): Worker {
  const { db, clock, logger, retentionMs } = options;
  return {
    name: "forget-deliveries",
    async run(signal) {
      while (!signal.aborted) {
        const now = clock.now().getTime();
        const count = await purgeDeliveries(db, new Date(now - retentionMs));
        await purgeRateBuckets(db, new Date(now - bucketIdleMs));
        if (count > 0) logger.info({ count }, "deliveries.forgotten");
        await clock.sleep(everyMs, signal).catch(() => undefined);
      }
    },
  };
}

import type { Clock, Logger, Worker } from "@mio/service-kit";
import { type Db, purgeDeliveries } from "@mio/store";

export interface ForgetDeliveriesOptions {
  readonly db: Db;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly retentionMs: number;
}

const everyMs = 3_600_000;

/** Removes the records of commands that ended long ago, once an hour. */
export function createForgetDeliveries(options: ForgetDeliveriesOptions): Worker {
  const { db, clock, logger, retentionMs } = options;
  return {
    name: "forget-deliveries",
    async run(signal) {
      while (!signal.aborted) {
        const count = await purgeDeliveries(db, new Date(clock.now().getTime() - retentionMs));
        if (count > 0) logger.info({ count }, "deliveries.forgotten");
        await clock.sleep(everyMs, signal).catch(() => undefined);
      }
    },
  };
}

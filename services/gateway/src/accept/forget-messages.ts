import { type Clock, pause } from "@mio/pacing";
import type { Logger, Worker } from "@mio/service-kit";
import { type Db, purgeMessages, removeOld } from "@mio/store";

export interface ForgetMessagesOptions {
  readonly db: Db;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly retentionMs: number;
}

const hourMs = 3_600_000;

/** Hourly: removes messages beyond their retention. */
export function createForgetMessages(options: ForgetMessagesOptions): Worker {
  const { db, clock, logger, retentionMs } = options;
  return {
    name: "forget-messages",
    async run(signal) {
      while (!signal.aborted) {
        const before = new Date(clock.now().getTime() - retentionMs);
        await removeOld({
          purge: () => purgeMessages(db, before),
          clock,
          signal,
          onRemoved: (count) => logger.info({ count }, "messages.forgotten"),
        });
        await pause(hourMs, { clock, signal });
      }
    },
  };
}

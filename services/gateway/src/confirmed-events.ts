import { toMioError } from "@mio/failure";
import type { Clock, Logger, Worker } from "@mio/service-kit";
import { type Db, removeFromOutbox } from "@mio/store";

/** Collects what the bus confirmed and removes it from the outbox in batches, off the path of the webhook. */
export interface ConfirmedEvents {
  add(messageId: string): void;
  readonly worker: Worker;
}

const gatherMs = 100;
const maxBatch = 2_000;
/** Beyond this, rows are left to the relay: the bus drops what it publishes again. */
const maxWaiting = 100_000;

export function createConfirmedEvents(
  db: Db,
  { clock, logger }: { clock: Clock; logger: Logger },
): ConfirmedEvents {
  const waiting: string[] = [];

  const flush = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting.splice(0, maxBatch);
      try {
        await removeFromOutbox(db, batch);
      } catch (error) {
        waiting.push(...batch);
        logger.warn({ err: toMioError(error), waiting: waiting.length }, "outbox.remove_failed");
        return;
      }
    }
  };

  return {
    add(messageId) {
      if (waiting.length < maxWaiting) waiting.push(messageId);
    },
    worker: {
      name: "confirmed-events",
      async run(signal) {
        while (!signal.aborted) {
          await clock.sleep(gatherMs, signal).catch(() => {});
          await flush();
        }
      },
    },
  };
}

import { toMioError } from "@mio/failure";
import { type Clock, pause } from "@mio/pacing";
import type { Logger, Worker } from "@mio/service-kit";
import { type Db, removeFromOutbox } from "@mio/store";

/** Collects confirmed events and removes them from the outbox in batches, outside the path of the webhook. */
export interface ConfirmedEvents {
  add(messageId: string): void;
  /** Whether this process saw the bus confirm the event, although its row may still be in the outbox. */
  has(messageId: string): boolean;
  readonly worker: Worker;
}

export interface ConfirmedEventsOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Rows waiting for removal, above which rows are left to the relay. Default 100,000. */
  readonly maxWaiting?: number;
}

const gatherMs = 100;
const maxBatch = 2_000;
const defaultMaxWaiting = 100_000;
/** A statement that began before a row was removed may still return it for this long. */
const rememberMs = 10_000;

export function createConfirmedEvents(
  db: Db,
  { clock, logger, maxWaiting = defaultMaxWaiting }: ConfirmedEventsOptions,
): ConfirmedEvents {
  const waiting = new Set<string>();
  const removed = createMemory(clock, rememberMs);

  const flush = async (): Promise<void> => {
    while (waiting.size > 0) {
      const batch = [...waiting].slice(0, maxBatch);
      try {
        await removeFromOutbox(db, batch);
      } catch (error) {
        logger.warn({ err: toMioError(error), waiting: waiting.size }, "outbox.remove_failed");
        return;
      }
      for (const messageId of batch) {
        waiting.delete(messageId);
        removed.add(messageId);
      }
    }
  };

  return {
    add(messageId) {
      if (waiting.size < maxWaiting) waiting.add(messageId);
    },
    has: (messageId) => waiting.has(messageId) || removed.has(messageId),
    worker: {
      name: "confirmed-events",
      async run(signal) {
        while (!signal.aborted) {
          await pause(gatherMs, { clock, signal });
          await flush();
        }
      },
    },
  };
}

interface Memory {
  add(id: string): void;
  has(id: string): boolean;
}

/** Remembers an id for at least `forMs` and at most twice as long. */
function createMemory(clock: Pick<Clock, "now">, forMs: number): Memory {
  let since = clock.now().getTime();
  let recent = new Set<string>();
  let older = new Set<string>();
  return {
    add(id) {
      const now = clock.now().getTime();
      if (now - since >= forMs) [older, recent, since] = [recent, new Set(), now];
      recent.add(id);
    },
    has: (id) => recent.has(id) || older.has(id),
  };
}

import {
  askJetStream,
  attachmentsOf,
  type Bus,
  type ConsumeOptions,
  consume,
  countLeft,
  type Handler,
  streams,
} from "@mio/bus";
import { isSubjectToken } from "@mio/envelope";
import { toMioError } from "@mio/failure";
import { type Clock, createBackoff, pause } from "@mio/pacing";
import type { Logger, Worker } from "@mio/service-kit";

export interface ReadQueueOptions {
  readonly bus: Bus;
  /** Prefix of the durables' names. */
  readonly durable: string;
  readonly handler: Handler;
  readonly reading: Pick<ConsumeOptions, "drainGraceMs" | "metrics">;
  readonly clock: Clock;
  readonly logger: Logger;
  /** An account without messages for this long is not read until its next one. Default 60,000. */
  readonly idleMs?: number;
  /** How often to look for accounts with messages queued by other processes. Default 15,000. */
  readonly lookEveryMs?: number;
}

export interface ReadQueue {
  readonly worker: Worker;
  /** Starts reading an account; call it after queueing a message for it. */
  open(accountId: string): void;
}

/** Reads the queued messages of each account with a separate consumer. */
export function createReadQueue(options: ReadQueueOptions): ReadQueue {
  const { clock, logger, lookEveryMs = 15_000 } = options;
  const readers = new Map<string, Reader>();
  let running: AbortSignal | undefined;

  const open = (accountId: string): void => {
    if (running === undefined || running.aborted) return;
    const reader = readers.get(accountId);
    if (reader !== undefined) {
      reader.isWanted = true;
      return;
    }
    const fresh: Reader = { isWanted: true, ended: Promise.resolve() };
    readers.set(accountId, fresh);
    const forget = () => readers.delete(accountId);
    fresh.ended = readAccount(accountId, fresh, { ...options, stopping: running, forget });
  };
  return {
    open,
    worker: {
      name: "attachments",
      run: async (stopping) => {
        running = stopping;
        while (!stopping.aborted) {
          try {
            for (const accountId of await queuedAccounts(options.bus)) open(accountId);
          } catch (error) {
            logger.warn({ err: toMioError(error) }, "attachments.queue_not_read");
          }
          await pause(lookEveryMs, { clock, signal: stopping });
        }
        await Promise.all([...readers.values()].map(({ ended }) => ended));
      },
    },
  };
}

interface Reader {
  /** A message was queued since the reader last began to read. */
  isWanted: boolean;
  ended: Promise<void>;
}

interface Reading extends ReadQueueOptions {
  readonly stopping: AbortSignal;
  readonly forget: () => void;
}

/** Reads until no message is left. NOTE: nothing may be awaited between the last check of `isWanted` and `forget`. */
async function readAccount(accountId: string, reader: Reader, options: Reading): Promise<void> {
  const { bus, clock, logger, stopping } = options;
  const backoff = createBackoff({ baseMs: 250, maxMs: 10_000 });
  for (let failures = 0; !stopping.aborted; ) {
    try {
      reader.isWanted = false;
      await readWhileBusy(accountId, options);
      if (stopping.aborted) return;
      const left = await countLeft(bus, attachmentsOf(accountId, options.durable));
      if (left === 0 && !reader.isWanted) return options.forget();
      failures = 0;
    } catch (error) {
      failures += 1;
      logger.warn({ err: toMioError(error), account_id: accountId }, "attachments.account_not_read");
      await pause(backoff.delayMs(failures), { clock, signal: stopping });
    }
  }
}

async function readWhileBusy(accountId: string, options: Reading): Promise<void> {
  const { bus, durable, reading, handler, logger, clock, stopping, idleMs = 60_000 } = options;
  const consumer = attachmentsOf(accountId, durable);
  const idle = new AbortController();
  const signal = AbortSignal.any([stopping, idle.signal]);
  let busy = 0;
  let lastBusyAt = performance.now();
  const watched: Handler = async (delivery, context) => {
    busy += 1;
    try {
      return await handler(delivery, context);
    } finally {
      busy -= 1;
      lastBusyAt = performance.now();
    }
  };
  const watch = async (): Promise<void> => {
    while (!signal.aborted) {
      await pause(idleMs / 4, { clock, signal });
      if (busy === 0 && performance.now() - lastBusyAt > idleMs) idle.abort();
    }
  };
  // As many as all processes together may have, so that a message that must come first can always be delivered.
  const maxInFlight = consumer.maxAckPending;
  const orderBy: ConsumeOptions["orderBy"] = ({ subject }) => subject;
  const worker = consume({ bus, consumer, handler: watched, maxInFlight, orderBy, logger, ...reading });
  const watching = watch();
  try {
    await worker.run(signal);
  } finally {
    idle.abort();
    await watching;
  }
}

/** Subject tokens are checked before they become part of a filter. */
async function queuedAccounts({ jsm }: Bus): Promise<ReadonlySet<string>> {
  const query = { subjects_filter: "mio.attachments.>" };
  const { state } = await askJetStream("attachments", jsm.streams.info(streams.attachments.name, query));
  const accounts = Object.keys(state.subjects ?? {}).map((subject) => subject.split(".")[3] ?? "");
  return new Set(accounts.filter(isSubjectToken));
}

import {
  type Bus,
  type ConsumeOptions,
  consume,
  consumers,
  countLeft,
  removeConsumer,
  senderPoolOf,
} from "@mio/bus";
import { toMioError } from "@mio/failure";
import { type Clock, createBackoff, type Logger, type Worker } from "@mio/service-kit";
import type { LeftBehind } from "../stored/left-behind.ts";
import { type Heard, hearCommands, type Look } from "./hear-commands.ts";
import type { RefuseNewest } from "./refuse-newest.ts";
import type { RejectOrphans } from "./reject-orphans.ts";
import { watchIdle } from "./watch-idle.ts";

export interface IntakeOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How each account's commands are read. */
  readonly reading: Pick<
    ConsumeOptions,
    "handler" | "orderBy" | "metrics" | "drainGraceMs" | "room" | "maxInFlight" | "onExhausted"
  >;
  /** Unacknowledged commands of one account, in all processes. */
  readonly maxAckPending: number;
  readonly exists: (accountId: string) => Promise<boolean>;
  readonly rejectOrphans: RejectOrphans;
  readonly leftBehind: Pick<LeftBehind, "sweep">;
  readonly refuseNewest: RefuseNewest;
  /** Commands of one account that may wait. */
  readonly maxWaiting: number;
  /** An account without commands for so long is no longer read, until the next one comes. */
  readonly idleMs: number;
  readonly lookEveryMs?: number | undefined;
}

/** Accounts whose commands are read now. */
export interface Intake {
  readonly worker: Worker;
  readonly accounts: number;
  /** When the oldest command was stored, as of the last look; undefined when there is none. */
  readonly oldestAt: Date | undefined;
}

/**
 * Reads the commands of every account by a consumer of its own, from its first command on until it has been silent for a
 * while. Commands of accounts that do not exist are refused.
 */
export function createIntake(options: IntakeOptions): Intake {
  const { logger } = options;
  const reading = new Map<string, Promise<void>>();
  /** Accounts that exist and are read. */
  const served = new Set<string>();
  /** Accounts that got a command while they are read, or while that ends. */
  const notified = new Set<string>();
  let oldestAt: Date | undefined;

  /** Does `work` for an account unless somebody does; when it is done, whatever came meanwhile is looked at again. */
  const keep = (key: string, work: () => Promise<boolean>): void => {
    if (reading.has(key)) return;
    const done = work()
      .catch((error: unknown) => {
        logger.error({ err: toMioError(error) }, "intake.account_failed");
        return false;
      })
      .then((again) => {
        reading.delete(key);
        if (again) keep(key, work);
      });
    reading.set(key, done);
  };

  const onLook = (look: Look, stopping: AbortSignal): void => {
    ({ oldestAt } = look);
    for (const [account, count] of look.waiting) {
      if (!served.has(account) || stopping.aborted) continue;
      keep(`left behind ${account}`, () => sweep(account, options, stopping));
      if (count <= options.maxWaiting) continue;
      keep(`backlog ${account}`, async () => {
        await options.refuseNewest(account, stopping);
        return false;
      });
    }
  };

  return {
    get oldestAt() {
      return oldestAt;
    },
    get accounts() {
      return served.size;
    },
    worker: {
      name: consumers.senderPool.durable,
      run: async (stopping) => {
        await retireShared(options, stopping);
        const onCommand = ({ account }: Heard): void => {
          if (account === undefined || stopping.aborted) return;
          notified.add(account);
          keep(account, () => readAccount(account, { ...options, served, notified }, stopping));
        };
        const onCommandOnce = (heard: Heard): void => {
          const { account, subject } = heard;
          if (stopping.aborted || (account !== undefined && served.has(account))) return;
          keep(`orphan ${account ?? subject}`, () => endStrays(heard, options, stopping));
        };
        const heard = { onCommand, onCommandOnce, onLook: (look: Look) => onLook(look, stopping) };
        await hearCommands({ ...options, ...heard }, stopping);
        await Promise.all(reading.values());
      },
    },
  };
}

interface Reading extends IntakeOptions {
  readonly served: Set<string>;
  readonly notified: Set<string>;
}

/** Returns whether there may be more to read. */
async function readAccount(account: string, options: Reading, stopping: AbortSignal): Promise<boolean> {
  const { bus, reading, exists, maxAckPending } = options;
  if (!(await exists(account))) return false;
  options.served.add(account);
  const consumer = senderPoolOf(account, maxAckPending);
  using idle = watchIdle(options);
  const handler = idle.watched(reading.handler);
  await insistOnReading(
    { ...options, consume: (signal) => consume({ ...options, ...reading, handler, consumer }).run(signal) },
    AbortSignal.any([stopping, idle.signal]),
  );
  options.served.delete(account);
  options.notified.delete(account);
  if (stopping.aborted) return false;
  const left = await countLeft(bus, consumer);
  const isAgain = left > 0 || options.notified.has(account);
  return isAgain;
}

/** A consumer that cannot be made now is tried again: nobody else would read the account. */
async function insistOnReading(
  options: IntakeOptions & { readonly consume: (signal: AbortSignal) => Promise<void> },
  signal: AbortSignal,
): Promise<void> {
  const backoff = createBackoff({ baseMs: 500, maxMs: 15_000 });
  for (let failures = 1; !signal.aborted; failures += 1) {
    try {
      return await options.consume(signal);
    } catch (error) {
      options.logger.warn({ err: toMioError(error), failures }, "intake.account_not_read");
      await options.clock.sleep(backoff.delayMs(failures), signal).catch(() => undefined);
      await retireShared(options, signal);
    }
  }
}

async function endStrays(
  heard: Heard,
  { exists, rejectOrphans }: IntakeOptions,
  stopping: AbortSignal,
): Promise<boolean> {
  const { account } = heard;
  if (account === undefined || !(await exists(account))) await rejectOrphans(heard, stopping);
  return false;
}

/** What it does not come to now, it comes to at the next look. */
async function sweep(account: string, options: IntakeOptions, stopping: AbortSignal): Promise<boolean> {
  await options.leftBehind.sweep(account, stopping).catch((error: unknown) => {
    options.logger.info({ account_id: account, err: toMioError(error) }, "intake.not_swept");
  });
  return false;
}

/** Formerly one consumer read all accounts; a workqueue gives no message to two. */
async function retireShared({ bus, logger, clock }: IntakeOptions, signal: AbortSignal): Promise<void> {
  const backoff = createBackoff({ baseMs: 500, maxMs: 15_000 });
  for (let failures = 1; !signal.aborted; failures += 1) {
    try {
      if (await removeConsumer(bus, consumers.senderPool)) logger.info("intake.shared_consumer_removed");
      return;
    } catch (error) {
      logger.warn({ err: toMioError(error), failures }, "intake.shared_consumer_not_removed");
      await clock.sleep(backoff.delayMs(failures), signal).catch(() => undefined);
    }
  }
}

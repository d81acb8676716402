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
import type { Clock, Timers } from "@mio/pacing";
import type { Logger, Worker } from "@mio/service-kit";
import type { LeftBehind } from "../stored/left-behind.ts";
import type { RefuseNewest } from "./refuse-newest.ts";
import type { RejectOrphans } from "./reject-orphans.ts";
import { retryUntilStopped } from "./retry-until-stopped.ts";
import { type CommandNotice, type Look, watchCommands } from "./watch-commands.ts";
import { watchIdle } from "./watch-idle.ts";

export interface IntakeOptions {
  readonly bus: Bus;
  readonly clock: Clock & Timers;
  readonly logger: Logger;
  /** How each account's commands are read. */
  readonly reading: Pick<
    ConsumeOptions,
    "handler" | "acks" | "orderBy" | "metrics" | "drainGraceMs" | "room" | "maxInFlight" | "onExhausted"
  >;
  /** Unacknowledged commands of one account, in all processes. */
  readonly maxAckPending: number;
  readonly exists: (accountId: string) => Promise<boolean>;
  readonly rejectOrphans: RejectOrphans;
  readonly leftBehind: Pick<LeftBehind, "sweep">;
  readonly refuseNewest: RefuseNewest;
  /** Commands of one account that may wait. */
  readonly maxWaiting: number;
  /** After this time without commands an account is no longer read, until its next command. */
  readonly idleMs: number;
  readonly lookEveryMs?: number | undefined;
}

/** The accounts whose commands are read now. */
export interface Intake {
  readonly worker: Worker;
  readonly accounts: number;
  /** When the oldest command was stored, as of the last look; undefined when there is none. */
  readonly oldestAt: Date | undefined;
}

/**
 * Reads the commands of every account by a consumer for that account, from its first command until it has been idle for a
 * while. Commands of unknown accounts are refused.
 */
export function createIntake(options: IntakeOptions): Intake {
  const { logger } = options;
  const running = new Map<string, Promise<void>>();
  /** Existing accounts that are read. */
  const served = new Set<string>();
  /** Accounts that got a command while they are read, or while that ends. */
  const notified = new Set<string>();
  let oldestAt: Date | undefined;

  /** Runs `work` unless it runs already for this key, and again for as long as it returns true. */
  const runOnce = (key: string, work: () => Promise<boolean>): void => {
    if (running.has(key)) return;
    const done = work()
      .catch((error: unknown) => {
        logger.error({ err: toMioError(error) }, "intake.account_failed");
        return false;
      })
      .then((again) => {
        running.delete(key);
        if (again) runOnce(key, work);
      });
    running.set(key, done);
  };

  const onLook = (look: Look, stopping: AbortSignal): void => {
    ({ oldestAt } = look);
    for (const [account, count] of look.waiting) {
      if (!served.has(account) || stopping.aborted) continue;
      runOnce(`left behind ${account}`, () => sweep(account, options, stopping));
      if (count <= options.maxWaiting) continue;
      runOnce(`backlog ${account}`, async () => {
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
        const onNotify = ({ account }: CommandNotice): void => {
          if (account === undefined || stopping.aborted) return;
          notified.add(account);
          runOnce(account, () => readAccount(account, { ...options, served, notified }, stopping));
        };
        const onNotifyOne = (notice: CommandNotice): void => {
          const { account, subject } = notice;
          if (stopping.aborted || (account !== undefined && served.has(account))) return;
          runOnce(`orphan ${account ?? subject}`, () => endOrphans(notice, options, stopping));
        };
        const callbacks = { onNotify, onNotifyOne, onLook: (look: Look) => onLook(look, stopping) };
        await watchCommands({ ...options, ...callbacks }, stopping);
        await Promise.all(running.values());
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
  const signal = AbortSignal.any([stopping, idle.signal]);
  // No other process would read the account if this one stopped trying.
  await retryUntilStopped(
    async (attempt) => {
      if (attempt > 1) await retireShared(options, signal);
      await consume({ ...options, ...reading, handler, consumer }).run(signal);
    },
    { ...options, signal, baseMs: 500, maxMs: 15_000, event: "intake.account_not_read" },
  );
  options.served.delete(account);
  options.notified.delete(account);
  if (stopping.aborted) return false;
  const left = await countLeft(bus, consumer);
  const isAgain = left > 0 || options.notified.has(account);
  return isAgain;
}

async function endOrphans(
  notice: CommandNotice,
  { exists, rejectOrphans }: IntakeOptions,
  stopping: AbortSignal,
): Promise<boolean> {
  const { account } = notice;
  if (account === undefined || !(await exists(account))) await rejectOrphans(notice, stopping);
  return false;
}

/** What it does not reach now, it reaches after the next look. */
async function sweep(account: string, options: IntakeOptions, stopping: AbortSignal): Promise<boolean> {
  await options.leftBehind.sweep(account, stopping).catch((error: unknown) => {
    options.logger.info({ account_id: account, err: toMioError(error) }, "intake.not_swept");
  });
  return false;
}

/** Earlier versions read all accounts by one consumer; a work queue allows no second one beside it. */
async function retireShared({ bus, logger, clock }: IntakeOptions, signal: AbortSignal): Promise<void> {
  await retryUntilStopped(
    async () => {
      if (await removeConsumer(bus, consumers.senderPool)) logger.info("intake.shared_consumer_removed");
    },
    { clock, logger, signal, baseMs: 500, maxMs: 15_000, event: "intake.shared_consumer_not_removed" },
  );
}

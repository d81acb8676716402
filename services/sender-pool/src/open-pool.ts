import type { BlobStore } from "@mio/blob";
import { type Bus, type Handler, watchExhausted } from "@mio/bus";
import type { Channel } from "@mio/channel-kit";
import { channels as allChannels } from "@mio/channels";
import { isUuid, newId } from "@mio/envelope";
import type { Vaults } from "@mio/sealing";
import {
  type AppContext,
  type Backoff,
  createBackoff,
  type Logger,
  systemClock,
  type Worker,
} from "@mio/service-kit";
import type { Db, Store } from "@mio/store";
import { type AccountDirectory, createAccountDirectory } from "./accounts/account-directory.ts";
import { openChannels } from "./accounts/open-channels.ts";
import { createSenders } from "./accounts/senders.ts";
import { type Health, watchHealth } from "./accounts/watch-health.ts";
import type { SenderPoolConfig } from "./config.ts";
import type { DeliveryPolicy } from "./delivery/delivery-policy.ts";
import { type CloseDeliveryDeps, createCloseDelivery } from "./delivery/end-attempt.ts";
import { laneOf } from "./delivery/lane-of.ts";
import { createLeases } from "./delivery/leases.ts";
import { createLongWaits, type LongWaits } from "./delivery/long-waits.ts";
import { createIntake } from "./intake/account-intake.ts";
import { createRefuseNewest } from "./intake/refuse-newest.ts";
import { createRejectOrphans } from "./intake/reject-orphans.ts";
import { createRoom } from "./intake/room.ts";
import { createRecords } from "./job/records.ts";
import { refusal } from "./job/refusal.ts";
import { type AnnounceReceipt, createAnnounceReceipt } from "./pipeline/announce.ts";
import { createAuthorizeCommand } from "./pipeline/authorize.ts";
import { createDeliverCommand } from "./pipeline/deliver-command.ts";
import { createMustWait } from "./pipeline/keep-order.ts";
import { createTryDelivery, type TryDelivery } from "./pipeline/prepare.ts";
import { createLaterEdits } from "./pipeline/supersede.ts";
import { createKeptFiles } from "./prepare/kept-files.ts";
import { createPrepareDelivery } from "./prepare/prepare-delivery.ts";
import { createGovernor, type Governor } from "./rates/governor.ts";
import { createSharedBuckets } from "./rates/shared-buckets.ts";
import { createWorkers, type Workers } from "./rates/workers.ts";
import { createAnnounceExhausted } from "./report/announce-exhausted.ts";
import { createDeliveryEvents } from "./report/events.ts";
import { createReinject } from "./report/reinject.ts";
import { watchSenderPool } from "./report/sender-pool-metrics.ts";
import { createInterimWatch } from "./schedule/interim-watch.ts";
import { createLostCommands } from "./schedule/lost-commands.ts";
import { createMoveDue } from "./schedule/move-due.ts";
import { createOverdueSchedules } from "./schedule/overdue-schedules.ts";
import { createSchedule } from "./schedule/schedule-commands.ts";
import { createSweepSchedules } from "./schedule/sweep-schedules.ts";
import { createEndStored } from "./stored/end-stored.ts";
import { createLeftBehind, type LeftBehind } from "./stored/left-behind.ts";

const clock = systemClock;

/** What a test may put in place of the real thing. */
export interface Overrides {
  readonly channels?: readonly Channel[];
  /** Between calls that failed and may be tried again. */
  readonly backoff?: Backoff;
  /** Wait after a call of unknown fate. */
  readonly lookAgainMs?: number;
  /** After which an account without commands is no longer read. */
  readonly idleMs?: number;
  /** Between looks at what the stream holds. */
  readonly lookEveryMs?: number;
}

export interface Resources extends Overrides {
  readonly store: Store;
  readonly bus: Bus;
  readonly blobs: BlobStore | undefined;
  readonly vaults: Vaults;
}

const second = 1_000;
const minute = 60 * second;

/** The workers that carry out commands: now, and when their time comes. */
export function openPool(
  config: SenderPoolConfig,
  context: AppContext,
  resources: Resources,
): readonly Worker[] {
  const { logger, metrics } = context;
  const { bus, store, idleMs = 10 * minute, lookEveryMs } = resources;
  const db = store.pool;
  const directory = createAccountDirectory({ db, dsn: config.MIO_POSTGRES_DSN.reveal(), clock, logger });
  const buckets = createSharedBuckets(db, clock);
  const governor = createGovernor(clock, buckets);
  directory.onChange(() => governor.limitsChanged());
  const { workers, room } = createLimits(config);
  const health = watchHealth(resources.vaults);
  const stopping = new AbortController();
  const longWaits = createLongWaits({ clock, logger });
  const leftBehind = createLeftBehind({
    bus,
    records: createRecords(db),
    clock,
    logger,
    carryOut: (...stored) => endStored(...stored),
  });
  const watches = { health, longWaits, leftBehind };
  const parts = { ...resources, ...watches, directory, governor, workers, stopping: stopping.signal };
  const { handler, refuse } = createHandlers(config, context, parts);
  const endStored = createEndStored({ bus, handler });
  // A second less than the process has, so that what is given back can still be told to NATS.
  const drainGraceMs = Math.max(0, config.MIO_GRACEFUL_SHUTDOWN_SECS - 1) * second;
  const maxAckPending = config.MIO_SENDER_ACCOUNT_IN_FLIGHT;
  const announce = createAnnounceReceipt({ publisher: bus.publisher, clock });
  const onExhausted = createAnnounceExhausted(announce);
  const intake = createIntake({
    bus,
    clock,
    logger,
    idleMs,
    lookEveryMs,
    maxAckPending,
    exists: async (id) => isUuid(id) && (await directory.find(id)) !== undefined,
    rejectOrphans: createRejectOrphans({ bus, clock, logger, endStored }),
    leftBehind,
    refuseNewest: createRefuseNewest({ bus, logger, refuse, most: config.MIO_SENDER_ACCOUNT_BACKLOG }),
    maxWaiting: config.MIO_SENDER_ACCOUNT_BACKLOG,
    reading: {
      handler,
      // More than the server ever gives: one request stays open, which keeps the account's commands here.
      maxInFlight: maxAckPending + 1,
      room,
      orderBy: (delivery) => laneOf(delivery.subject),
      metrics,
      drainGraceMs,
      onExhausted,
    },
  });
  watchSenderPool(metrics, { workers, governor, buckets, health, intake, room, longWaits });
  return [
    stopsWith(intake.worker, stopping),
    directory.worker,
    createMoveDue({ bus, logger, metrics, drainGraceMs }),
    sweepSchedules(logger, { bus, db, announce }),
    watchExhausted({
      bus,
      logger,
      onMoved: ({ subject, data: payload }, error) => onExhausted({ subject, payload }, error),
    }),
  ];
}

/** What bounds the process: platform calls at once, and commands held. */
function createLimits(config: SenderPoolConfig) {
  return {
    workers: createWorkers({
      total: config.MIO_SENDER_WORKERS,
      perHost: config.MIO_SENDER_HOST_WORKERS,
      perAccount: config.MIO_SENDER_ACCOUNT_WORKERS,
    }),
    room: createRoom({
      places: config.MIO_SENDER_MAX_IN_FLIGHT,
      bytes: config.MIO_SENDER_MAX_HELD_BYTES,
    }),
  };
}

/** Finds commands for later that the server did not bring when their time came. */
function sweepSchedules(
  logger: Logger,
  parts: { readonly bus: Bus; readonly db: Db; readonly announce: AnnounceReceipt },
): Worker {
  const sweeps = [
    createOverdueSchedules({ ...parts, clock, logger, graceMs: minute }),
    createLostCommands({ ...parts, logger, graceMs: 2 * minute }),
  ];
  return createSweepSchedules({ clock, logger, everyMs: minute, sweeps });
}

/** What waits in a handler must hear that the pool stops. */
function stopsWith(worker: Worker, stopping: AbortController): Worker {
  return {
    name: worker.name,
    run: async (signal) => {
      signal.addEventListener("abort", () => stopping.abort(), { once: true });
      await worker.run(signal);
    },
  };
}

interface Parts extends Resources {
  readonly directory: AccountDirectory;
  readonly governor: Governor;
  readonly workers: Workers;
  readonly health: Health;
  readonly longWaits: LongWaits;
  readonly leftBehind: LeftBehind;
  readonly stopping: AbortSignal;
}

interface Handlers {
  readonly handler: Handler;
  /** For a command that is one too many. */
  readonly refuse: Handler;
}

/** Puts together what carries out one command, and what refuses one. */
function createHandlers(config: SenderPoolConfig, context: AppContext, parts: Parts): Handlers {
  const { bus, store, stopping, lookAgainMs = 2 * second } = parts;
  const { logger, metrics } = context;
  const works: Works = {
    clock,
    logger,
    records: createRecords(store.pool),
    policy: { ...toPolicy(config), lookAgainMs },
    instance: newId(),
    running: new Set(),
    events: createDeliveryEvents(logger, metrics),
    announce: createAnnounceReceipt({ publisher: bus.publisher, clock }),
    troubleBackoff: createBackoff({ baseMs: 200, maxMs: 10 * second }),
  };
  const reinject = config.MIO_REINJECT_SENDS
    ? createReinject({ publisher: bus.publisher, clock })
    : async () => {};
  const tryDelivery = createTry(config, { ...parts, ...works });
  return {
    handler: createDeliverCommand({ ...works, reinject, stopping, tryDelivery }),
    refuse: createDeliverCommand({ ...works, reinject, stopping, tryDelivery: createRefuseBacklog(works) }),
  };
}

/** What the handlers and their tries share. */
interface Works extends CloseDeliveryDeps {
  readonly running: Set<string>;
  readonly announce: AnnounceReceipt;
}

/** Ends each command as one too many, unless it was begun or has ended before. */
function createRefuseBacklog(deps: CloseDeliveryDeps): TryDelivery {
  const close = createCloseDelivery(deps);
  return (job) => close.giveUp(job, refusal("backlog_full", "Too many commands of the account are waiting."));
}

/** Puts together one try of a command. */
function createTry(config: SenderPoolConfig, parts: Parts & Works): TryDelivery {
  const { bus, store, blobs, directory, health, records, logger } = parts;
  const { channels = allChannels, backoff } = parts;
  const db = store.pool;
  const schedule = createSchedule(bus);
  return createTryDelivery({
    ...parts,
    backoff: backoff ?? createBackoff({ baseMs: second, maxMs: minute }),
    authorize: createAuthorizeCommand({ directory, channels: openChannels(channels, config, logger) }),
    prepare: createPrepareDelivery({ db, clock, vaultOf: health.vaults, connect: createSenders() }),
    openFiles: createKeptFiles({
      blobs,
      prefix: config.MIO_STORAGE_PREFIX,
      maxBytes: config.MIO_SENDER_MAX_FILE_BYTES,
      clock,
    }),
    leases: createLeases({
      records,
      clock,
      logger,
      monotonicMs: () => performance.now(),
      leaseMs: config.MIO_SENDER_LEASE,
    }),
    mustWait: createMustWait(parts),
    laterEdits: createLaterEdits(),
    schedule,
    interim: createInterimWatch({
      schedule,
      records,
      clock,
      timeoutMs: config.MIO_INTERIM_TIMEOUT,
      mark: `\n\n${config.MIO_INTERRUPTED_MARK}`,
    }),
  });
}

function toPolicy(config: SenderPoolConfig): Omit<DeliveryPolicy, "lookAgainMs"> {
  return {
    callTimeoutMs: config.MIO_SENDER_CALL_TIMEOUT,
    fileTimeoutMs: config.MIO_SENDER_FILE_TIMEOUT,
    maxAttempts: config.MIO_SENDER_MAX_ATTEMPTS,
    maxAgeMs: config.MIO_SENDER_MAX_AGE,
    leaseMs: config.MIO_SENDER_LEASE,
    unknownSend: config.MIO_UNKNOWN_SEND,
  };
}

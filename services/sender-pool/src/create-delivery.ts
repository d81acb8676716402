import type { BlobStore } from "@mio/blob";
import type { Bus, Handler } from "@mio/bus";
import type { Channel } from "@mio/channel-kit";
import { channels as allChannels } from "@mio/channels";
import { newId } from "@mio/envelope";
import { type Backoff, createBackoff, systemClock } from "@mio/pacing";
import type { Vaults } from "@mio/sealing";
import type { AppContext } from "@mio/service-kit";
import type { Store } from "@mio/store";
import { type Accounts, openAccounts } from "./accounts/open-accounts.ts";
import { type SenderPoolConfig, toPolicy } from "./config.ts";
import { createRecords } from "./job/records.ts";
import { createPublishReceipt } from "./pipeline/announce.ts";
import { createDeliveryDeps, type OwnedDeliveryDeps } from "./pipeline/create-delivery-deps.ts";
import { createDeliverCommand } from "./pipeline/deliver-command.ts";
import { createLongWaits, createMustWait, type LongWaits } from "./pipeline/keep-order.ts";
import { createPrepareDelivery } from "./pipeline/prepare.ts";
import { backlogSteps, deliverySteps } from "./pipeline/steps.ts";
import { createKeptFiles } from "./prepare/kept-files.ts";
import { createSharedBuckets, type SharedBuckets } from "./rates/buckets.ts";
import { createReinject } from "./report/reinject.ts";
import { createSchedule } from "./schedule/schedule-commands.ts";
import { createEndStored, type EndStored } from "./stored/end-stored.ts";
import { createLeftBehind, type LeftBehind } from "./stored/left-behind.ts";

/** Parts that a test may replace. */
export interface Overrides {
  readonly channels?: readonly Channel[];
  /** Between failed calls. */
  readonly backoff?: Backoff;
  /** Wait after a call of unknown fate. */
  readonly lookAgainMs?: number;
  /** Time without commands after which an account is no longer read. */
  readonly idleMs?: number;
  /** Between looks at the stream. */
  readonly lookEveryMs?: number;
}

export interface Resources extends Overrides {
  readonly store: Store;
  readonly bus: Bus;
  readonly blobs: BlobStore | undefined;
  readonly vaults: Vaults;
}

/** Delivers commands; with the parts that intake and gauges use. */
export interface Delivery extends Pick<Accounts, "directory" | "senders"> {
  readonly handler: Handler;
  /** Refuses commands beyond the backlog of their account. */
  readonly refuse: Handler;
  readonly endStored: EndStored;
  readonly leftBehind: LeftBehind;
  readonly deps: OwnedDeliveryDeps;
  readonly buckets: SharedBuckets;
  readonly longWaits: LongWaits;
}

const clock = systemClock;
const second = 1_000;

/** Connects the pipeline to Postgres, NATS, the blob store and the platforms. */
export function createDelivery(
  config: SenderPoolConfig,
  { logger, metrics }: AppContext,
  resources: Resources & { readonly stopping: AbortSignal },
): Delivery {
  const { store, bus, channels = allChannels, lookAgainMs = 2 * second, stopping } = resources;
  const db = store.pool;
  const records = createRecords(db);
  const buckets = createSharedBuckets(db, clock);
  const longWaits = createLongWaits({ clock, logger });
  const accounts = openAccounts({
    ...{ db, dsn: config.MIO_POSTGRES_DSN.reveal(), vaults: resources.vaults },
    ...{ channels, settings: config, clock, logger },
  });
  const endStored: EndStored = (...stored) => end(...stored);
  const leftBehind = createLeftBehind({ bus, records, clock, logger, endStored });
  const deps = createDeliveryDeps({
    ...{
      clock,
      monotonicMs: systemClock.monotonicMs,
      logger,
      metrics,
      records,
      buckets,
      ...accounts,
      stopping,
    },
    instance: newId(),
    policy: toPolicy(config, lookAgainMs),
    workerLimits: {
      total: config.MIO_SENDER_WORKERS,
      perHost: config.MIO_SENDER_HOST_WORKERS,
      perAccount: config.MIO_SENDER_ACCOUNT_WORKERS,
    },
    backoff: resources.backoff ?? createBackoff({ baseMs: second, maxMs: 60 * second }),
    troubleBackoff: createBackoff({ baseMs: 200, maxMs: 10 * second }),
    prepare: createPrepareDelivery({ db, clock, senderOf: accounts.senders.senderOf }),
    openFiles: createKeptFiles({
      blobs: resources.blobs,
      prefix: config.MIO_STORAGE_PREFIX,
      maxBytes: config.MIO_SENDER_MAX_FILE_BYTES,
      clock,
    }),
    mustWait: createMustWait({ bus, leftBehind, longWaits }),
    schedule: createSchedule(bus),
    interimMarks: { timeoutMs: config.MIO_INTERIM_TIMEOUT, mark: `\n\n${config.MIO_INTERRUPTED_MARK}` },
    publishReceipt: createPublishReceipt({ publisher: bus.publisher, clock }),
    reinject: config.MIO_REINJECT_SENDS ? createReinject({ publisher: bus.publisher, clock }) : undefined,
  });
  accounts.directory.onChange(() => deps.governor.limitsChanged());
  const handler = createDeliverCommand(deps, deliverySteps);
  const refuse = createDeliverCommand(deps, backlogSteps);
  const end = createEndStored({ bus, handler });
  return { ...accounts, handler, refuse, endStored, leftBehind, deps, buckets, longWaits };
}

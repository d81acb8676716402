import { type BlobStore, openBlobStore } from "@mio/blob";
import {
  type Bus,
  consume,
  consumers,
  ensureStreams,
  openBus,
  toBusOptions,
  toStreamOptions,
} from "@mio/bus";
import type { Channel } from "@mio/channel-kit";
import { channels as allChannels } from "@mio/channels";
import { newId } from "@mio/envelope";
import { openVaults, type Vaults } from "@mio/sealing";
import {
  type App,
  type AppContext,
  type Backoff,
  createBackoff,
  systemClock,
  type Worker,
} from "@mio/service-kit";
import { openStore, type Store } from "@mio/store";
import { createAuthorizeCommand } from "./accounts/authorize-command.ts";
import { openChannels } from "./accounts/open-channels.ts";
import { createSenders } from "./accounts/senders.ts";
import { watchHealth } from "./accounts/watch-health.ts";
import { createKeptFiles } from "./command/kept-files.ts";
import { createPrepareDelivery } from "./command/prepare-delivery.ts";
import type { SenderPoolConfig } from "./config.ts";
import { createDeliverCommand } from "./delivery/deliver-command.ts";
import type { DeliveryPolicy } from "./delivery/delivery-policy.ts";
import { createForgetDeliveries } from "./delivery/forget-deliveries.ts";
import { laneOf } from "./delivery/lane-of.ts";
import { createMustWait } from "./delivery/must-wait.ts";
import { createTryDelivery } from "./delivery/try-delivery.ts";
import { createGovernor } from "./rates/governor.ts";
import { createAnnounceReceipt } from "./report/announce-receipt.ts";
import { createDeliveryEvents } from "./report/events.ts";
import { watchSenderPool } from "./report/sender-pool-metrics.ts";
import { createWorkers } from "./workers.ts";

const clock = systemClock;

/** What a test may put in place of the real thing. */
export interface Surroundings {
  readonly channels?: readonly Channel[];
  /** Between calls that failed and may be tried again. */
  readonly backoff?: Backoff;
  /** Wait after a call of unknown fate. */
  readonly lookAgainMs?: number;
}

/** Opens the sender pool: Postgres, NATS with the streams it reads and writes, kept files, and the channels. */
export async function createApp(
  config: SenderPoolConfig,
  context: AppContext,
  surroundings: Surroundings = {},
): Promise<App> {
  const { logger, metrics } = context;
  await using opening = new AsyncDisposableStack();
  const store = opening.use(
    await openStore({
      dsn: config.MIO_POSTGRES_DSN.reveal(),
      maxConnections: config.MIO_PGX_MAX_CONNS,
      applicationName: "mio-sender-pool",
      onIdleError: (err) => logger.warn({ err }, "store.connection_lost"),
    }),
  );
  const bus = opening.use(
    await openBus({ ...toBusOptions(config), name: "mio-sender-pool", logger, metrics }),
  );
  await ensureStreams(bus, { ...toStreamOptions(config), only: ["outbound", "receipts", "deadLetters"] });
  const { MIO_BLOB_URL: blobUrl } = config;
  const blobs = blobUrl === undefined ? undefined : opening.use(await openBlobStore(blobUrl));
  const vaults = await openVaults(config, { store, clock, logger });
  const deliveries = createDeliveries(config, context, { store, bus, blobs, vaults, ...surroundings });
  const retentionMs = config.MIO_DELIVERY_RETENTION;
  const opened = opening.move();
  return {
    name: "sender-pool",
    workers: [deliveries, createForgetDeliveries({ db: store.pool, clock, logger, retentionMs })],
    probes: [
      { name: "postgres", check: () => store.ping() },
      { name: "nats", check: (signal) => bus.ping(signal) },
    ],
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

interface Resources extends Surroundings {
  readonly store: Store;
  readonly bus: Bus;
  readonly blobs: BlobStore | undefined;
  readonly vaults: Vaults;
}

/** The worker that carries out commands. */
function createDeliveries(
  config: SenderPoolConfig,
  { logger, metrics }: AppContext,
  { channels = allChannels, backoff, lookAgainMs = 2_000, ...resources }: Resources,
): Worker {
  const { bus, blobs } = resources;
  const db = resources.store.pool;
  const sending = openChannels(channels, config);
  const workers = createWorkers({
    total: config.MIO_SENDER_WORKERS,
    perAccount: config.MIO_SENDER_ACCOUNT_WORKERS,
  });
  const governor = createGovernor(clock);
  const health = watchHealth(resources.vaults);
  watchSenderPool(metrics, { workers, governor, health });
  const events = createDeliveryEvents(logger, metrics);
  const instance = newId();
  const troubleBackoff = createBackoff({ baseMs: 200, maxMs: 10_000 });
  const tryDelivery = createTryDelivery({
    db,
    clock,
    logger,
    instance,
    policy: { ...toPolicy(config), lookAgainMs },
    backoff: backoff ?? createBackoff({ baseMs: 1_000, maxMs: 60_000 }),
    troubleBackoff,
    authorize: createAuthorizeCommand({ db, channels: sending }),
    prepare: createPrepareDelivery({ db, vaultOf: health.vaults, connect: createSenders() }),
    openFiles: createKeptFiles({
      blobs,
      prefix: config.MIO_STORAGE_PREFIX,
      maxBytes: config.MIO_SENDER_MAX_FILE_BYTES,
      clock,
    }),
    governor,
    workers,
    mustWait: createMustWait(bus),
    events,
  });
  const announce = createAnnounceReceipt({ publisher: bus.publisher, clock });
  const deliver = { clock, logger, instance, tryDelivery, announce, events, troubleBackoff };
  return {
    name: consumers.senderPool.durable,
    run: (stopping) =>
      consume({
        bus,
        consumer: consumers.senderPool,
        handler: createDeliverCommand({ ...deliver, stopping }),
        maxInFlight: config.MIO_SENDER_MAX_IN_FLIGHT,
        orderBy: (delivery) => laneOf(delivery.subject),
        logger,
        metrics,
        // A second less than the process has, so that what is given back can still be told to NATS.
        drainGraceMs: Math.max(0, config.MIO_GRACEFUL_SHUTDOWN_SECS - 1) * 1_000,
      }).run(stopping),
  };
}

function toPolicy(config: SenderPoolConfig): Omit<DeliveryPolicy, "lookAgainMs"> {
  return {
    callTimeoutMs: config.MIO_SENDER_CALL_TIMEOUT,
    fileTimeoutMs: config.MIO_SENDER_FILE_TIMEOUT,
    maxAttempts: config.MIO_SENDER_MAX_ATTEMPTS,
    maxAgeMs: config.MIO_SENDER_MAX_AGE,
    unknownSend: config.MIO_UNKNOWN_SEND,
  };
}

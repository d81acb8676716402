import { openBlobStore } from "@mio/blob";
import {
  type Bus,
  createNatsWatch,
  ensureStreams,
  openBus,
  type StreamKey,
  toBusOptions,
  toDurabilityOptions,
  toStreamOptions,
} from "@mio/bus";
import { systemClock } from "@mio/pacing";
import { openVaults } from "@mio/sealing";
import { type App, type AppContext, openTogether } from "@mio/service-kit";
import { openStore, type Store, warnUnlessDurable } from "@mio/store";
import type { SenderPoolConfig } from "./config.ts";
import type { Overrides } from "./create-delivery.ts";
import { createForgetDeliveries } from "./forget-deliveries.ts";
import { openPool } from "./open-pool.ts";
import { createReportRotation } from "./report/report-rotation.ts";

const clock = systemClock;
const usedStreams: readonly StreamKey[] = ["outbound", "scheduled", "receipts", "deadLetters"];

/** Opens the sender pool: Postgres, NATS with the streams it reads and writes, kept files, and the channels. */
export async function createApp(
  config: SenderPoolConfig,
  context: AppContext,
  overrides: Overrides = {},
): Promise<App> {
  const { logger, metrics } = context;
  await using opening = new AsyncDisposableStack();
  const [store, bus] = await openTogether(
    opening,
    openDatabase(config, context),
    openStreams(config, context),
  );
  const { MIO_BLOB_URL: blobUrl } = config;
  const blobs = blobUrl === undefined ? undefined : opening.use(await openBlobStore(blobUrl));
  const vaults = opening.use(await openVaults(config, { store, clock, logger }));
  const workers = openPool(config, context, { store, bus, blobs, vaults, ...overrides });
  const retentionMs = config.MIO_DELIVERY_RETENTION;
  const onRotated = createReportRotation(logger, metrics);
  const natsWatch = createNatsWatch({
    ...toDurabilityOptions(config),
    ...context,
    bus,
    service: "sender-pool",
    streams: usedStreams,
  });
  const opened = opening.move();
  return {
    name: "sender-pool",
    workers: [
      ...workers,
      createForgetDeliveries({ db: store.pool, clock, logger, retentionMs, onRotated }),
      ...natsWatch.workers,
    ],
    probes: [
      { name: "postgres", check: () => store.ping() },
      { name: "nats", check: (signal) => bus.ping(signal) },
      ...natsWatch.probes,
    ],
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

async function openDatabase(config: SenderPoolConfig, { logger }: AppContext): Promise<Store> {
  await using opening = new AsyncDisposableStack();
  const store: Store = opening.use(
    await openStore({
      dsn: config.MIO_POSTGRES_DSN.reveal(),
      maxConnections: config.MIO_PGX_MAX_CONNS,
      applicationName: "mio-sender-pool",
      onIdleError: (err) => logger.warn({ err }, "store.connection_lost"),
    }),
  );
  await warnUnlessDurable(store.pool, logger);
  opening.move();
  return store;
}

async function openStreams(config: SenderPoolConfig, context: AppContext): Promise<Bus> {
  await using opening = new AsyncDisposableStack();
  const bus: Bus = opening.use(
    await openBus({ ...toBusOptions(config), name: "mio-sender-pool", ...context }),
  );
  await ensureStreams(bus, { ...toStreamOptions(config), only: usedStreams });
  opening.move();
  return bus;
}

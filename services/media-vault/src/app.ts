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
import { openVaults, type Vaults } from "@mio/sealing";
import { type App, type AppContext, openTogether } from "@mio/service-kit";
import { type Db, openStore, type Store } from "@mio/store";
import { type AccessOf, accessBySettings, createAccessOf } from "./account-access.ts";
import type { MediaVaultConfig } from "./config.ts";
import { createWorkers } from "./create-workers.ts";

const usedStreams: readonly StreamKey[] = ["inbound", "attachments", "enriched", "deadLetters"];

/** Opens the media vault: object store, bus with its streams and, if configured, Postgres. */
export async function createApp(config: MediaVaultConfig, context: AppContext): Promise<App> {
  await using opening = new AsyncDisposableStack();
  const blobs = opening.use(await openBlobStore(config.MIO_BLOB_URL));
  const [store, bus] = await openTogether(
    opening,
    openAccounts(config, context),
    openStreams(config, context),
  );
  const vaults =
    store && opening.use(await openVaults(config, { store, clock: systemClock, logger: context.logger }));
  const accessOf = chooseAccess(store && vaults && { db: store.pool, vaults }, context);
  const { workers } = opening.use(createWorkers(config, { bus, blobs, accessOf, context }));
  const natsWatch = createNatsWatch({
    ...toDurabilityOptions(config),
    ...context,
    bus,
    service: "media-vault",
    streams: usedStreams,
  });
  const opened = opening.move();
  return {
    name: "media-vault",
    workers: [...workers, ...natsWatch.workers],
    probes: [
      { name: "nats", check: (signal) => bus.ping(signal) },
      ...natsWatch.probes,
      ...(store === undefined ? [] : [{ name: "postgres", check: () => store.ping() }]),
    ],
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

async function openStreams(config: MediaVaultConfig, context: AppContext): Promise<Bus> {
  await using opening = new AsyncDisposableStack();
  const bus: Bus = opening.use(
    await openBus({ ...toBusOptions(config), name: "mio-media-vault", ...context }),
  );
  await ensureStreams(bus, { ...toStreamOptions(config), only: usedStreams });
  opening.move();
  return bus;
}

/** Undefined without `MIO_POSTGRES_DSN`. */
async function openAccounts(config: MediaVaultConfig, { logger }: AppContext): Promise<Store | undefined> {
  if (config.MIO_POSTGRES_DSN === undefined) return undefined;
  return await openStore({
    dsn: config.MIO_POSTGRES_DSN.reveal(),
    maxConnections: config.MIO_PGX_MAX_CONNS,
    applicationName: "mio-media-vault",
    onIdleError: (err) => logger.warn({ err }, "store.connection_lost"),
  });
}

function chooseAccess(
  accounts: { readonly db: Db; readonly vaults: Vaults } | undefined,
  { logger }: AppContext,
): AccessOf {
  if (accounts !== undefined) return createAccessOf(accounts);
  logger.info({ setting: "MIO_POSTGRES_DSN" }, "credentials.from_settings_only");
  return accessBySettings;
}

import { type Bus, ensureStreams, openBus, streams, toBusOptions, toStreamOptions } from "@mio/bus";
import { type AppContext, type Logger, openTogether } from "@mio/service-kit";
import { migrate, openStore, type Store, warnUnlessDurable } from "@mio/store";
import type { GatewayConfig } from "./config.ts";

/** Postgres and NATS; disposing closes both. */
export interface Resources extends AsyncDisposable {
  readonly store: Store;
  readonly bus: Bus;
}

/** Opens Postgres with an up-to-date schema, and NATS with the streams that the gateway writes. */
export async function openResources(config: GatewayConfig, context: AppContext): Promise<Resources> {
  await using opening = new AsyncDisposableStack();
  const [store, bus] = await openTogether(
    opening,
    openDatabase(config, context),
    openStreams(config, context),
  );
  const opened = opening.move();
  return { store, bus, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

async function openDatabase(config: GatewayConfig, { logger }: AppContext): Promise<Store> {
  const dsn = config.MIO_POSTGRES_DSN.reveal();
  await using opening = new AsyncDisposableStack();
  if (config.MIO_MIGRATE_ON_START) {
    await migrate({ dsn, onApplied: (migration) => logger.info({ migration }, "store.migrated") });
  }
  const store: Store = opening.use(
    await openStore({
      dsn,
      maxConnections: config.MIO_PGX_MAX_CONNS,
      applicationName: "mio-gateway",
      onIdleError: (err) => logger.warn({ err }, "store.connection_lost"),
    }),
  );
  await warnUnlessDurable(store.pool, logger);
  opening.move();
  return store;
}

async function openStreams(config: GatewayConfig, { logger, metrics }: AppContext): Promise<Bus> {
  await using opening = new AsyncDisposableStack();
  const bus: Bus = opening.use(
    await openBus({ ...toBusOptions(config), name: "mio-gateway", logger, metrics }),
  );
  await ensureStreams(bus, { ...toStreamOptions(config), only: ["inbound", "deadLetters"] });
  warnOfSmallPayload(bus, logger);
  opening.move();
  return bus;
}

/** Larger events are truncated to the server's limit; if one still does not fit, it becomes a dead letter. */
function warnOfSmallPayload(bus: Bus, logger: Logger): void {
  const max_payload = bus.nc.info?.max_payload;
  const wanted = streams.inbound.maxMessageBytes;
  if (max_payload === undefined || max_payload >= wanted) return;
  logger.warn({ max_payload, wanted }, "bus.small_payload: the message limit of NATS is smaller than Mio's");
}

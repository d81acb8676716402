import { type Bus, ensureStreams, openBus, streams, toBusOptions, toStreamOptions } from "@mio/bus";
import type { AppContext, Logger } from "@mio/service-kit";
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
  // Neither needs the other. If one fails, the stack closes the other once it is open.
  const outcomes = await Promise.allSettled([
    openDatabase(config, context).then((store) => opening.use(store)),
    openStreams(config, context).then((bus) => opening.use(bus)),
  ]);
  const [store, bus] = outcomes;
  if (store.status === "rejected") throw store.reason;
  if (bus.status === "rejected") throw bus.reason;
  const opened = opening.move();
  return { store: store.value, bus: bus.value, [Symbol.asyncDispose]: () => opened.disposeAsync() };
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

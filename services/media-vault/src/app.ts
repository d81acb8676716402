import { openBlobStore } from "@mio/blob";
import { consume, consumers, ensureStreams, openBus, toBusOptions, toStreamOptions } from "@mio/bus";
import type { App, AppContext } from "@mio/service-kit";
import type { MediaVaultConfig } from "./config.ts";
import { createHandler } from "./create-handler.ts";
import { orderOfDelivery } from "./event-identity.ts";

/** Opens the media vault: object store and bus there, the streams it reads and writes made. */
export async function createApp(config: MediaVaultConfig, context: AppContext): Promise<App> {
  await using opening = new AsyncDisposableStack();
  const blobs = opening.use(await openBlobStore(config.MIO_BLOB_URL));
  const bus = opening.use(await openBus({ ...toBusOptions(config), name: "mio-media-vault", ...context }));
  await ensureStreams(bus, { ...toStreamOptions(config), only: ["inbound", "enriched", "deadLetters"] });
  const worker = consume({
    bus,
    consumer: { ...consumers.mediaVault, durable: config.MIO_DURABLE_NAME },
    handler: createHandler(config, { bus, blobs, context }),
    maxInFlight: config.MIO_VAULT_MAX_IN_FLIGHT,
    orderBy: orderOfDelivery,
    // The rest is for giving back what was not finished.
    drainGraceMs: (config.MIO_GRACEFUL_SHUTDOWN_SECS * 1000 * 2) / 3,
    ...context,
  });
  const opened = opening.move();
  return {
    name: "media-vault",
    workers: [worker],
    probes: [{ name: "nats", check: (signal) => bus.ping(signal) }],
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

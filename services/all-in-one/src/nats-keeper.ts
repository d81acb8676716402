import { createStoreWatch, openBus } from "@mio/bus";
import { systemClock } from "@mio/pacing";
import { type App, type AppContext, createLogger, createMetrics } from "@mio/service-kit";
import type { DiskSpace } from "./disk-space.ts";
import type { KeptServer } from "./keep-server.ts";
import { createKeepStoring } from "./keep-storing.ts";

export interface NatsKeeperSettings {
  readonly servers: string;
  readonly storage: "file" | "memory";
  readonly nats: KeptServer;
  readonly disk: DiskSpace;
}

/**
 * Watches all streams, because each service watches only its own, and restarts a nats-server that no longer stores
 * messages.
 */
export async function createNatsKeeper(
  { servers, storage, nats, disk }: NatsKeeperSettings,
  { logger }: AppContext,
): Promise<App> {
  const bus = await openBus({ servers, name: "mio-nats-keeper" });
  const watch = createStoreWatch({
    bus,
    service: "mio",
    streams: ["inbound", "enriched", "outbound", "scheduled", "deadLetters", "receipts"],
    replicas: 1,
    storage,
    // The services log and count what they see themselves.
    logger: createLogger({ service: "nats-keeper", level: "silent" }),
    metrics: createMetrics({ processMetrics: false }),
  });
  return {
    name: "nats-keeper",
    workers: [watch.worker, createKeepStoring({ watch, nats, disk, clock: systemClock, logger })],
    probes: [],
    [Symbol.asyncDispose]: () => bus[Symbol.asyncDispose](),
  };
}

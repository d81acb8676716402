import type { Probe, Worker } from "@mio/service-kit";
import { createDurabilityWatch, type DurabilityWatchOptions } from "./durability/durability-watch.ts";
import { createStoreWatch, type StoreWatchOptions } from "./store-watch/store-watch.ts";

/** What a service runs and reports about its NATS: whether it stores, and whether it keeps what it confirmed. */
export interface NatsWatch {
  readonly workers: readonly Worker[];
  readonly probes: readonly Probe[];
}

export function createNatsWatch(options: StoreWatchOptions & DurabilityWatchOptions): NatsWatch {
  const store = createStoreWatch(options);
  const durability = createDurabilityWatch(options);
  return { workers: [store.worker, durability.worker], probes: [store.probe, durability.probe] };
}

import type { MonotonicClock } from "@mio/pacing";
import { createLogLimiter, type Metrics } from "@mio/service-kit";
import type { DeliveryDeps } from "../delivery/delivery-deps.ts";
import { createLeases } from "../delivery/leases.ts";
import type { SharedBuckets } from "../rates/buckets.ts";
import { createGovernor, type Governor } from "../rates/governor.ts";
import { createWorkers, type WorkerLimits, type Workers } from "../rates/workers.ts";
import { createDeliveryEvents } from "../report/events.ts";
import { createInterimWatch, type InterimWatchOptions } from "../schedule/interim-watch.ts";
import { createLaterEdits } from "./supersede.ts";

type Made = "limiter" | "events" | "running" | "leases" | "laterEdits" | "governor" | "workers" | "interim";

/** The parts that the service and the simulation make differently. */
export interface DeliveryEdges extends Omit<DeliveryDeps, Made> {
  readonly monotonicMs: MonotonicClock["monotonicMs"];
  readonly metrics: Metrics;
  readonly buckets: Pick<SharedBuckets, "change" | "pausedUntil" | "now">;
  readonly workerLimits: WorkerLimits;
  readonly interimMarks: Pick<InterimWatchOptions, "timeoutMs" | "mark">;
}

/** `DeliveryDeps` with all that their owner reads for its gauges. */
export interface OwnedDeliveryDeps extends DeliveryDeps {
  readonly governor: Governor;
  readonly workers: Workers;
}

/** Builds everything that the steps of a delivery use. */
export function createDeliveryDeps(edges: DeliveryEdges): OwnedDeliveryDeps {
  const { clock, monotonicMs, logger, metrics, policy, records, buckets, workerLimits, interimMarks } = edges;
  return {
    ...edges,
    limiter: createLogLimiter(clock),
    events: createDeliveryEvents(logger, metrics),
    running: new Set(),
    leases: createLeases({ records, clock, monotonicMs, logger, leaseMs: policy.leaseMs }),
    laterEdits: createLaterEdits(),
    governor: createGovernor(clock, buckets),
    workers: createWorkers(workerLimits),
    interim: createInterimWatch({ ...interimMarks, schedule: edges.schedule, records, clock }),
  };
}

import type { Sender, Sent } from "@mio/channel-kit";
import type { SendCommand } from "@mio/proto";
import { createBackoff, createLogger, createMetrics } from "@mio/service-kit";
import type { DeliveryPolicy } from "../src/delivery/delivery-policy.ts";
import { createLeases } from "../src/delivery/leases.ts";
import { createJob, type DeliveryJob } from "../src/job/delivery-job.ts";
import type { PreparedDelivery } from "../src/job/prepared-delivery.ts";
import type { ClaimAndCallDeps } from "../src/pipeline/claim.ts";
import type { Place } from "../src/rates/workers.ts";
import { createDeliveryEvents } from "../src/report/events.ts";
import { manualClock } from "./manual-clock.ts";
import { createMemoryRecords } from "./simulation/memory-records.ts";

const leaseMs = 12_000;
const aPlace: Place = { ended: () => {}, [Symbol.dispose]: () => {} };

/** What carries out a command, for tests: records in memory, time that stands still, and a scripted platform. */
export function deliveryBench() {
  const clock = manualClock();
  const nowMs = (): number => clock.now().getTime();
  const records = createMemoryRecords(nowMs);
  const logger = createLogger({ service: "test", level: "silent" });
  const running = new Set<string>();
  const leases = createLeases({ records, clock, monotonicMs: nowMs, logger, leaseMs });
  const policy: DeliveryPolicy = {
    callTimeoutMs: 5_000,
    fileTimeoutMs: 0,
    maxAttempts: 3,
    maxAgeMs: 3_600_000,
    lookAgainMs: 2_000,
    leaseMs,
    unknownSend: "hold",
  };
  const deps: ClaimAndCallDeps = {
    records,
    clock,
    logger,
    instance: "process",
    running,
    policy,
    events: createDeliveryEvents(logger, createMetrics({ processMetrics: false })),
    backoff: createBackoff({ baseMs: 100, maxMs: 1_000 }),
    troubleBackoff: createBackoff({ baseMs: 100, maxMs: 1_000 }),
    governor: {
      throttled: async () => {},
      isPaused: () => false,
      turnNow: async () => true,
      giveBack: async () => {},
    },
    leases,
    interim: { arm: async () => {}, disarm: async () => {}, isTooLate: async () => false },
    openFiles: () => ({ open: () => Promise.reject(new Error("no files")), [Symbol.dispose]() {} }),
    workers: {
      enter: async () => aPlace,
      hasPlace: () => true,
      tryEnter: () => aPlace,
      inFlight: 0,
      silent: { accounts: 0, hosts: 0 },
    },
  };
  let jobs = 0;
  const aJob = (command: SendCommand): DeliveryJob => {
    jobs += 1;
    const job = createJob({
      command,
      storedAt: clock.now(),
      deliveries: 1,
      streamSequence: 1,
      redrive: undefined,
      pinEpoch: undefined,
      queuedBehind: () => [],
      signal: new AbortController().signal,
      owner: `process/${jobs}`,
    });
    job.operation = "send";
    running.add(job.owner);
    return job;
  };
  return { clock, records, running, leases, deps, aJob, limit: { key: "account", perSecond: 1 } };
}

export interface BenchPlatform {
  readonly calls: AbortSignal[];
  answer: () => Promise<Sent>;
  reconcile: NonNullable<Sender["reconcile"]>;
}

export function benchPlatform(): BenchPlatform {
  return {
    calls: [],
    answer: async () => ({ externalIds: ["x"] }),
    reconcile: async () => ({ kind: "undecided" }),
  };
}

/** A post of the job's command. */
export function aPost(job: DeliveryJob, platform: BenchPlatform): PreparedDelivery {
  return {
    kind: "prepared",
    operation: "send",
    repeatable: false,
    isFallback: false,
    command: job.command,
    threadRootExternalId: undefined,
    targetExternalIds: [],
    sender: { send: () => platform.answer(), reconcile: (...question) => platform.reconcile(...question) },
    call: ({ signal }) => {
      platform.calls.push(signal);
      return platform.answer();
    },
  };
}

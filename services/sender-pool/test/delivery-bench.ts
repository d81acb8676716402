import type { Capabilities, Sender, Sent } from "@mio/channel-kit";
import { createBackoff } from "@mio/pacing";
import type { SendCommand } from "@mio/proto";
import { createLogger, createMetrics } from "@mio/service-kit";
import type { Account } from "@mio/store";
import type { SendingChannel } from "../src/accounts/open-channels.ts";
import type { DeliveryDeps } from "../src/delivery/delivery-deps.ts";
import { createJob, type DeliveryJob } from "../src/job/delivery-job.ts";
import type { PreparedDelivery } from "../src/job/platform-call.ts";
import { createDeliveryDeps } from "../src/pipeline/create-delivery-deps.ts";
import type { Slot } from "../src/rates/workers.ts";
import { manualClock } from "./manual-clock.ts";
import { createMemoryBuckets } from "./simulation/memory-buckets.ts";
import { createMemoryRecords } from "./simulation/memory-records.ts";

const leaseMs = 12_000;
const aSlot: Slot = { ended: () => {}, [Symbol.dispose]: () => {} };

/** A pool for tests: records in memory, a clock that tests move, free slots and turns, and a scripted platform. */
export function deliveryBench() {
  const clock = manualClock();
  const nowMs = (): number => clock.now().getTime();
  const records = createMemoryRecords(nowMs);
  const backoff = createBackoff({ baseMs: 100, maxMs: 1_000 });
  const made = createDeliveryDeps({
    clock,
    monotonicMs: nowMs,
    logger: createLogger({ service: "test", level: "silent" }),
    metrics: createMetrics({ processMetrics: false }),
    instance: "process",
    stopping: new AbortController().signal,
    policy: {
      callTimeoutMs: 5_000,
      fileTimeoutMs: 0,
      maxAttempts: 3,
      maxAgeMs: 3_600_000,
      lookAgainMs: 2_000,
      leaseMs,
      unknownSend: "hold",
    },
    backoff,
    troubleBackoff: backoff,
    records,
    buckets: createMemoryBuckets(clock),
    workerLimits: { total: 1, perHost: 1, perAccount: 1 },
    interimMarks: { timeoutMs: 0, mark: "" },
    directory: { find: async () => undefined, conversationsOf: async () => [] },
    channels: new Map(),
    prepare: () => Promise.reject(new Error("not prepared")),
    openFiles: () => ({ open: () => Promise.reject(new Error("no files")), [Symbol.dispose]() {} }),
    mustWait: async () => false,
    schedule: { keep: async () => {}, drop: async () => {} },
    publishReceipt: async () => {},
    reinject: undefined,
  });
  const deps: DeliveryDeps = {
    ...made,
    governor: {
      throttled: async () => {},
      isPaused: () => false,
      turn: async () => "turn",
      turnNow: async () => true,
      giveBack: async () => {},
    },
    workers: { acquire: async () => aSlot, hasSlot: () => true, tryAcquire: () => aSlot },
    laterEdits: () => [],
  };
  const { running, leases } = deps;
  let jobs = 0;
  const aJob = (command: SendCommand): DeliveryJob => {
    jobs += 1;
    const job = createJob({
      command,
      storedAt: clock.now(),
      deliveries: 1,
      streamSequence: 1,
      redrive: undefined,
      run: undefined,
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

/** A post of the command of a job. */
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

/** The account of a command. */
export function anAccount({ accountId: id, tenantId, channelType }: SendCommand): Account {
  return {
    id,
    tenantId,
    channelType,
    externalId: "org",
    displayName: "Test",
    attributes: {},
    disabled: false,
    pending: false,
    rateLimitPerSecond: undefined,
    rateLimitScope: undefined,
  };
}

/** A channel that can only send. */
export function aChannel(channelType: string): SendingChannel {
  return {
    channelType,
    capabilities,
    conversationAddress: undefined,
    outbound: { connect: () => ({ send: () => Promise.reject(new Error("not connected")) }) },
    notes: [],
  };
}

const capabilities: Capabilities = {
  supportsEdit: false,
  supportsDelete: false,
  supportsReactions: false,
  supportsThreads: false,
  supportsTyping: false,
  supportsPresence: false,
  allowedAttachments: [],
  maxTextBytes: 4_000,
  rateLimitPerSecond: 1,
  rateLimitScope: "account",
  authKind: "bot_token",
  editWindowSeconds: 0,
  deleteWindowSeconds: 0,
};

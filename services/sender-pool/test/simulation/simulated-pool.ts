import type { Bus, Handler } from "@mio/bus";
import type { Capabilities, Sender } from "@mio/channel-kit";
import { decodeCommand } from "@mio/envelope";
import { createBackoff } from "@mio/pacing";
import { activeChannelTypes } from "@mio/proto";
import { createLogger, createMetrics } from "@mio/service-kit";
import type { Account } from "@mio/store";
import type { DeliveryDeps } from "../../src/delivery/delivery-deps.ts";
import { changeCall, type Preparation, postInstead, sendCall } from "../../src/job/platform-call.ts";
import { toOperation } from "../../src/job/read-command.ts";
import type { DeliveryRecords } from "../../src/job/records.ts";
import { createDeliveryDeps } from "../../src/pipeline/create-delivery-deps.ts";
import { createDeliverCommand } from "../../src/pipeline/deliver-command.ts";
import { createMustWait } from "../../src/pipeline/keep-order.ts";
import { deliverySteps } from "../../src/pipeline/steps.ts";
import type { SharedBuckets } from "../../src/rates/buckets.ts";
import type { Schedule } from "../../src/schedule/schedule-commands.ts";
import type { StoredCommand } from "../../src/stored/end-stored.ts";
import type { MemoryRecords } from "./memory-records.ts";
import type { Reader, SimulatedStream } from "./simulated-stream.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** Everything that pools share, and that outlives them. */
export interface Shared {
  readonly time: VirtualTime;
  readonly random: () => number;
  readonly records: MemoryRecords;
  readonly buckets: SharedBuckets;
  readonly stream: SimulatedStream;
  readonly sender: Sender;
  readonly schedule: Schedule;
  readonly accounts: ReadonlyMap<string, Account>;
  readonly onReceipt: (commandId: string, state: string) => void;
  /** How often a renewal of leases gets no answer. */
  readonly hangingBeats: number;
  /** Bugs for canaries. */
  readonly mustWait?: DeliveryDeps["mustWait"];
}

const capabilities: Capabilities = {
  supportsEdit: true,
  supportsDelete: false,
  supportsReactions: false,
  supportsThreads: false,
  supportsTyping: false,
  supportsPresence: false,
  allowedAttachments: [],
  maxTextBytes: 4_000,
  rateLimitPerSecond: 5,
  rateLimitScope: "account",
  authKind: "bot_token",
  editWindowSeconds: 0,
  deleteWindowSeconds: 0,
};
const outbound = { connect: () => never };
const never: Sender = { send: () => new Promise(() => {}) };
/** Any will do: what it can is simulated. */
export const [channelType = ""]: readonly string[] = activeChannelTypes;
const channel = { channelType, capabilities, conversationAddress: undefined, outbound, notes: [] };

/** One sender pool of the real code between simulated edges, each of which never answers once the pool is dead. */
export function createSimulatedPool(name: string, shared: Shared): Reader {
  const handler: Handler = () => new Promise(() => {});
  const reader: Reader & { handler: Handler } = { name, isAlive: true, frozenUntil: 0, handler };
  const { time, random } = shared;
  /** A crash may come before an effect, or between the effect and its answer. */
  const edge =
    <Args extends readonly unknown[], Result>(work: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      await orDie(time.sleep(random() * 3));
      const result = await orDie(work(...args));
      await orDie(time.sleep(random() * 3));
      return result;
    };
  const orDie = async <T>(work: Promise<T>): Promise<T> => {
    const settled = await work.then(
      (value) => ({ value }) as const,
      (error: unknown) => ({ error }) as const,
    );
    while (reader.frozenUntil > time.ms()) await time.sleep(reader.frozenUntil - time.ms());
    if (!reader.isAlive) return await new Promise<T>(() => {});
    if ("error" in settled) throw settled.error;
    return settled.value;
  };
  const clock = {
    now: () => time.now(),
    sleep: (ms: number, signal?: AbortSignal) => orDie(time.sleep(ms, signal)),
    after(ms: number, ring: () => void): Disposable {
      const disposed = new AbortController();
      const timer = time.after(ms, () => {
        void orDie(Promise.resolve()).then(() => disposed.signal.aborted || ring());
      });
      return {
        [Symbol.dispose]: () => {
          disposed.abort();
          timer[Symbol.dispose]();
        },
      };
    },
  };
  /** Nothing comes between the decision to call the platform and the call. */
  const call =
    <Args extends readonly unknown[], Result>(work: (...args: Args) => Promise<Result>) =>
    (...args: Args): Promise<Result> =>
      orDie(work(...args));
  reader.handler = createHandler({ name, clock, edge, call, shared });
  return reader;
}

type Edge = <Args extends readonly unknown[], Result>(
  work: (...args: Args) => Promise<Result>,
) => (...args: Args) => Promise<Result>;

interface Parts {
  readonly name: string;
  readonly clock: Pick<VirtualTime, "now" | "sleep" | "after">;
  readonly edge: Edge;
  readonly call: Edge;
  readonly shared: Shared;
}

function createHandler({ name, clock, edge, call, shared }: Parts): Handler {
  const { random, accounts, time } = shared;
  const { pausedUntil, now } = shared.buckets;
  const backoff = createBackoff({ baseMs: 500, maxMs: 10_000, random });
  const deps = createDeliveryDeps({
    clock,
    monotonicMs: time.ms,
    logger: createLogger({ service: "simulation", level: "fatal" }),
    metrics: createMetrics({ processMetrics: false }),
    instance: name,
    stopping: new AbortController().signal,
    policy: {
      callTimeoutMs: 5_000,
      fileTimeoutMs: 0,
      maxAttempts: 8,
      maxAgeMs: 23 * 3_600_000,
      lookAgainMs: 1_000,
      leaseMs: 15_000,
      unknownSend: "hold",
    },
    backoff,
    troubleBackoff: backoff,
    records: { ...edgesOf(shared.records, edge), beat: edge(beatOf(shared)) },
    buckets: { change: edge(shared.buckets.change), pausedUntil, now },
    workerLimits: { total: 64, perHost: 32, perAccount: 4 },
    interimMarks: { timeoutMs: 0, mark: "" },
    directory: { find: edge(async (id) => accounts.get(id)), conversationsOf: async () => [] },
    channels: new Map([[channelType, channel]]),
    prepare: createPrepare({ shared, edge, call }),
    openFiles: () => ({ open: () => new Promise(() => {}), [Symbol.dispose]: () => {} }),
    mustWait: shared.mustWait ?? edge(createSimulatedMustWait(shared)),
    schedule: { keep: edge(shared.schedule.keep), drop: edge(shared.schedule.drop) },
    publishReceipt: edge(async ({ id }, { state }) => shared.onReceipt(id, state)),
    reinject: undefined,
  });
  return createDeliverCommand(deps, deliverySteps);
}

const endedStates: ReadonlySet<string> = new Set(["sent", "unknown", "dead", "suppressed"]);

/** The real questions to the stream; nothing is left behind here. */
function createSimulatedMustWait({ stream, records }: Shared): DeliveryDeps["mustWait"] {
  const getMessage = async (_name: string, query: Parameters<typeof stream.next>[0]) => stream.next(query);
  const jsm = { streams: { getMessage } } as unknown as Bus["jsm"];
  const isInTheWay = async ({ data }: StoredCommand, accountId: string) =>
    !endedStates.has(records.look(accountId, decodeCommand(data).id)?.state ?? "");
  const longWaits = { waits: () => {}, goesOn: () => {} };
  return createMustWait({ bus: { jsm }, leftBehind: { isInTheWay }, longWaits });
}

/** Whether a renewal that gets no answer arrived is not known either. */
function beatOf({ records, hangingBeats, random }: Shared): DeliveryRecords["beat"] {
  if (hangingBeats === 0) return records.beat;
  return async (attempts) => {
    const hangs = random() < hangingBeats;
    if (hangs && random() < 0.5) return await new Promise(() => {});
    const held = await records.beat(attempts);
    return hangs ? await new Promise(() => {}) : held;
  };
}

function edgesOf(records: DeliveryRecords, edge: Parts["edge"]): DeliveryRecords {
  return {
    claim: edge(records.claim),
    takeOver: edge(records.takeOver),
    end: edge(records.end),
    beat: edge(records.beat),
    schedule: edge(records.schedule),
    suppress: edge(records.suppress),
    claimedExternalIds: edge(records.claimedExternalIds),
    readInterim: edge(records.readInterim),
    find: edge(records.find),
    isAnsweredDeleted: edge(records.isAnsweredDeleted),
  };
}

/** What a command becomes, with the records in memory instead of a database. */
function createPrepare({
  shared,
  edge,
  call,
}: Pick<Parts, "shared" | "edge" | "call">): DeliveryDeps["prepare"] {
  const { records } = shared;
  const { send, edit, reconcile } = shared.sender;
  const sender: Sender = {
    send: call(send),
    ...(edit && { edit: call(edit) }),
    ...(reconcile && { reconcile: edge(reconcile) }),
  };
  return edge(async (command, { asPost }): Promise<Preparation> => {
    const ready = { kind: "prepared", sender, threadRootExternalId: undefined } as const;
    const { kind, sources } = toOperation(command);
    if (kind !== "edit" || sender.edit === undefined || !isNonEmpty(sources))
      return { ...ready, ...sendCall(sender, command) };
    const [{ id }] = sources;
    const target = records.look(command.accountId, id);
    if (target?.state === "scheduled" && target.dueAt !== undefined)
      return { kind: "postponed", dueAt: target.dueAt, waitsFor: id };
    const [first] = target?.state === "sent" ? target.externalIds : [];
    if (asPost || first === undefined) return { ...ready, ...postInstead(sender, command) };
    return { ...ready, ...changeCall({ operation: "edit", method: sender.edit }, command, [first]) };
  });
}

function isNonEmpty<T>(all: readonly T[]): all is readonly [T, ...T[]] {
  return all.length > 0;
}

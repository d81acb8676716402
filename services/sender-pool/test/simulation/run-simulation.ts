import type { FollowRuns } from "@mio/bus";
import type { SendCommand } from "@mio/proto";
import type { Account } from "@mio/store";
import type { SharedBuckets } from "../../src/rates/buckets.ts";
import { createMemoryBuckets } from "./memory-buckets.ts";
import { createMemoryRecords, type MemoryRecords } from "./memory-records.ts";
import {
  createSimulatedPlatform,
  type PlatformFaults,
  type SimulatedPlatform,
} from "./simulated-platform.ts";
import { channelType, createSimulatedPool, type Shared } from "./simulated-pool.ts";
import { createSimulatedStream, type Reader, type SimulatedStream } from "./simulated-stream.ts";
import { createRandom, createVirtualTime, type VirtualTime } from "./virtual-time.ts";
import { accountIdOf, accountNames, type Workload } from "./workloads.ts";

export interface SimulationOptions {
  readonly seed: number;
  readonly faults: PlatformFaults;
  /** Pools that are killed, each replaced by a new one. */
  readonly kills: number;
  /** Pools that are paused for a while, and then go on. */
  readonly freezes?: number;
  readonly workload: (world: Workload) => Promise<void>;
  /** How often a renewal of leases gets no answer, from 0 to 1. */
  readonly hangingBeats?: number;
  /** Rate of each account, per second; the others have 20. */
  readonly rates?: Readonly<Record<string, number>>;
  /** Bugs, to see that they are found. */
  readonly bugs?: Bugs;
}

export interface Bugs {
  readonly records?: (records: MemoryRecords) => MemoryRecords;
  readonly buckets?: (buckets: SharedBuckets) => SharedBuckets;
  readonly mustWait?: Shared["mustWait"];
  readonly followRuns?: () => FollowRuns;
  readonly platformForgets?: boolean;
}

/** What is left to judge when everything has come to rest. */
export interface History {
  readonly seed: number;
  readonly commands: readonly SendCommand[];
  readonly publishedAt: ReadonlyMap<string, number>;
  readonly platform: SimulatedPlatform;
  readonly records: MemoryRecords;
  readonly stream: SimulatedStream;
  /** The last receipt of each command. */
  readonly receipts: ReadonlyMap<string, string>;
  readonly cameToRest: boolean;
}

const horizonMs = 600_000;

/** Runs three pools of the real code in simulated surroundings; the same seed always makes the same history. */
export async function runSimulation(options: SimulationOptions): Promise<History> {
  const { seed, faults, bugs = {} } = options;
  const time = createVirtualTime();
  const random = createRandom(seed);
  const stream = createSimulatedStream(time, random, bugs.followRuns);
  const forgets = bugs.platformForgets ?? false;
  const platform = createSimulatedPlatform({ time, random, faults, forgets });
  const plain = createMemoryRecords(time.ms);
  const records = bugs.records?.(plain) ?? plain;
  const memory = createMemoryBuckets(time);
  const receipts = new Map<string, string>();
  const shared: Shared = {
    time,
    random,
    records,
    buckets: bugs.buckets?.(memory) ?? memory,
    stream,
    sender: platform.sender,
    schedule: createMemorySchedule(time, stream),
    accounts: accountsOf(options.rates ?? {}),
    onReceipt: (id, state) => void receipts.set(id, state),
    hangingBeats: options.hangingBeats ?? 0,
    ...(bugs.mustWait && { mustWait: bugs.mustWait }),
  };
  const commands: SendCommand[] = [];
  const publishedAt = new Map<string, number>();
  const publish = (command: SendCommand): void => {
    if (!publishedAt.has(command.id)) {
      commands.push(command);
      publishedAt.set(command.id, time.ms());
    }
    stream.publish(command);
  };
  const people = options.workload({ time, random, publish });
  const deaths = disturbPools(shared, options);
  let isQuiet = false;
  void Promise.all([people, deaths]).then(() => {
    isQuiet = true;
  });
  const isDone = (): boolean =>
    isQuiet && stream.left() === 0 && commands.every(({ id }) => receipts.has(id));
  const cameToRest = await time.run(isDone, horizonMs);
  return { seed, commands, publishedAt, platform, records: plain, stream, receipts, cameToRest };
}

async function disturbPools(
  shared: Shared,
  { kills, freezes = 0 }: Pick<SimulationOptions, "kills" | "freezes">,
): Promise<void> {
  const { time, random, stream } = shared;
  let born = 0;
  const start = (): Reader => {
    born += 1;
    const pool = createSimulatedPool(`pool-${born}`, shared);
    stream.join(pool);
    return pool;
  };
  const pools = [start(), start(), start()];
  for (let freeze = 0; freeze < freezes; freeze += 1) {
    await time.sleep(1_000 + random() * 6_000);
    const pool = pools[Math.floor(random() * pools.length)];
    if (pool !== undefined) stream.freeze(pool, 2_000 + random() * 38_000);
  }
  for (let kill = 0; kill < kills; kill += 1) {
    await time.sleep(2_000 + random() * 12_000);
    const victim = Math.floor(random() * pools.length);
    const pool = pools[victim];
    if (pool !== undefined) stream.kill(pool);
    await time.sleep(random() * 2_000);
    pools[victim] = start();
  }
}

function createMemorySchedule(time: VirtualTime, stream: SimulatedStream): Shared["schedule"] {
  const kept = new Map<string, symbol>();
  return {
    async keep(command, { name, dueAt }) {
      const key = `${command.accountId}/${name}`;
      const token = Symbol(name);
      kept.set(key, token);
      void time.sleep(dueAt.getTime() - time.ms()).then(() => {
        if (kept.get(key) !== token) return;
        kept.delete(key);
        stream.publish(command);
      });
    },
    async drop(accountId, name) {
      kept.delete(`${accountId}/${name}`);
    },
  };
}

function accountsOf(rates: Readonly<Record<string, number>>): ReadonlyMap<string, Account> {
  return new Map(
    accountNames.map((name) => [
      accountIdOf(name),
      {
        id: accountIdOf(name),
        tenantId: "tenant",
        channelType,
        externalId: name,
        displayName: name,
        attributes: {},
        disabled: false,
        pending: false,
        rateLimitPerSecond: rates[name] ?? 20,
        rateLimitScope: "account",
      },
    ]),
  );
}

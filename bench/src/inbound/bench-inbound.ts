import { setTimeout as sleep } from "node:timers/promises";
import { measureOutbox } from "@mio/store";
import { buildOutput } from "../build-output.ts";
import { cpuSecondsOf } from "../fleet/cpu-time.ts";
import type { LoadPlan, LoadResult } from "../load/plan.ts";
import { runModule } from "../run-module.ts";
import { watchMemory } from "../watch-memory.ts";
import { type Accounting, type Answered, accountFor } from "./account-for.ts";
import { type Cpu, type InboundReport, type Loaded, type Rounds, toReport } from "./report.ts";
import { openWorld, type Target, type World, webhookSecret } from "./world.ts";

export interface BenchInboundOptions {
  readonly natsBinary: string;
  /** The environment in which to look for Postgres. */
  readonly env: NodeJS.ProcessEnv;
  /** Requests per second of the open loop. */
  readonly rate: number;
  readonly seconds: number;
  readonly signal: AbortSignal;
  readonly onProgress: (line: string) => void;
}

const loadModule = new URL("../load/main.ts", import.meta.url);
const connections = 128;
const rounds = 3;
const roundSeconds = 3;
/** Warms up the compiler; not counted. */
const warmUpSeconds = 2;
/** The measured load itself, so that neither the compiler nor an empty table is measured. */
const openLoopWarmUpSeconds = 5;
const targets: readonly Target[] = ["gateway", "publish", "verify", "naive"];

/**
 * Measures the inbound path in one run: latency in an open loop at `rate` on a NATS that syncs every
 * message; then the capacity of the gateway and of its upper bounds, in closed loops that take turns so that
 * noise of the machine affects all equally. Capacity is measured twice: on a NATS that syncs every message, as
 * a single server should, and on one that syncs in the background, as servers with replicas do.
 */
export async function benchInbound(options: BenchInboundOptions): Promise<InboundReport> {
  const { rate, seconds, onProgress } = options;
  onProgress("building, as images do");
  await buildOutput(["gateway"], options.signal);
  const synced = await inWorld(options, true, async (run) => {
    const openLoop = async (target: Target): Promise<Loaded> => {
      onProgress(`open loop (${target}): ${rate} webhooks/s for ${seconds} s`);
      await run.load(target, {
        run: `warm-up-${target}`,
        seconds: openLoopWarmUpSeconds,
        ratePerSecond: rate,
      });
      return await run.load(target, { run: `open-loop-${target}`, seconds, ratePerSecond: rate });
    };
    const gateway = await openLoop("gateway");
    const publishOnly = await openLoop("publish");
    return { openLoop: gateway, publishOnly, capacity: await run.capacity("synced") };
  });
  const background = await inWorld(options, false, async (run) => run.capacity("background"));
  return toReport({
    rate,
    openLoop: synced.result.openLoop,
    publishOnly: synced.result.publishOnly,
    synced: synced.result.capacity,
    background: background.result,
    lost: synced.accounting.lost + background.accounting.lost,
    duplicated: synced.accounting.duplicated + background.accounting.duplicated,
    rssMib: Math.max(synced.rssMib, background.rssMib),
    coldStartMs: synced.coldStartMs,
  });
}

interface Run {
  load(target: Target, plan: Pick<LoadPlan, "run" | "seconds" | "ratePerSecond">): Promise<Loaded>;
  capacity(label: string): Promise<Rounds>;
}

interface Measured<Result> {
  readonly result: Result;
  readonly accounting: Accounting;
  readonly rssMib: number;
  readonly coldStartMs: number;
}

async function inWorld<Result>(
  options: BenchInboundOptions,
  syncAlways: boolean,
  measure: (run: Run) => Promise<Result>,
): Promise<Measured<Result>> {
  const { signal, onProgress } = options;
  onProgress(`starting servers: NATS syncs ${syncAlways ? "every message" : "in the background"}`);
  await using world = await openWorld({ ...options, syncAlways });
  using memory = watchMemory(world.gateway.pid);
  const answered: Answered[] = [];
  const load: Run["load"] = async (target, plan) => {
    const url = await world.url(target);
    const whole: LoadPlan = { ...plan, url, secret: webhookSecret, connections };
    const before = await readCpu(world);
    const result = await runModule<LoadResult>(loadModule, whole, signal);
    const after = await readCpu(world);
    if (target === "gateway") answered.push({ run: plan.run, ...result });
    return { ...result, cpu: minus(after, before) };
  };
  const result = await measure({ load, capacity: (label) => measureCapacity(load, label, onProgress) });
  onProgress("accounting: every id that was answered 200 against the stream");
  await untilDrained(world, signal);
  const accounting = await accountFor(world.bus, world.accountId, answered);
  return { result, accounting, rssMib: memory.peak(), coldStartMs: world.gateway.coldStartMs };
}

async function measureCapacity(
  load: Run["load"],
  label: string,
  onProgress: (line: string) => void,
): Promise<Rounds> {
  const results: Record<Target, Loaded[]> = { gateway: [], publish: [], verify: [], naive: [] };
  for (const target of targets) {
    onProgress(`capacity (${label}), warming up: ${target}`);
    await load(target, { run: `${label}-${target}-0`, seconds: warmUpSeconds });
  }
  for (let round = 1; round <= rounds; round += 1) {
    for (const target of targets) {
      onProgress(`capacity (${label}), round ${round} of ${rounds}: ${target}`);
      results[target].push(await load(target, { run: `${label}-${target}-${round}`, seconds: roundSeconds }));
    }
  }
  return results;
}

async function readCpu({ gateway, pids }: World): Promise<Cpu> {
  const [own = 0, postgres = 0, nats = 0] = await Promise.all(
    [gateway.pid, pids.postgres, pids.nats].map(cpuSecondsOf),
  );
  return { gateway: own, postgres, nats };
}

function minus(after: Cpu, before: Cpu): Cpu {
  return {
    gateway: after.gateway - before.gateway,
    postgres: after.postgres - before.postgres,
    nats: after.nats - before.nats,
  };
}

/** Waits until the relay has no events left, for at most half a minute. */
async function untilDrained({ store }: World, signal: AbortSignal): Promise<void> {
  const until = performance.now() + 30_000;
  while ((await measureOutbox(store.pool)).pending > 0 && performance.now() < until) {
    await sleep(100, undefined, { signal });
  }
}

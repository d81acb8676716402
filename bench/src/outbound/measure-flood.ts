import process from "node:process";
import { cpuSecondsOf } from "../fleet/cpu-time.ts";
import { runModule } from "../run-module.ts";
import type { BareCalls, CallPlan } from "./bare-calls/plan.ts";
import { type BenchAccount, type OutboundWorld, unlimited, untilDrained } from "./world.ts";

/** One flood: commands that wait on the stream when the pools start, and what they cost until all are acknowledged. */
export interface Flood {
  readonly throughputPerS: number;
  readonly callsOnlyPerS: number;
  /** Most connections to the platform: each carries one call at a time. */
  readonly callsAtOnce: number;
  /** CPU seconds per 1,000 commands. */
  readonly cpu: { readonly pools: number; readonly postgres: number; readonly nats: number };
  /** Statements per command; undefined if this Postgres cannot count them. */
  readonly statements: number | undefined;
  /** Transactions per command that wrote something. */
  readonly writes: number;
  /** Bytes of write-ahead log per command. */
  readonly walBytes: number;
}

const commands = 3_000;
const accounts = 20;
const conversations = 10;
const bareCalls = new URL("./bare-calls/main.ts", import.meta.url);

export async function measureFlood(world: OutboundWorld, name: string, signal: AbortSignal): Promise<Flood> {
  const opened = await openAccounts(world, name, accounts);
  // The pools create the accounts' consumers before the clock starts.
  await Promise.all(opened.map((account) => account.send(0)));
  await untilDrained(world, { seconds: 120, signal });
  await whilePaused(world, () => publish(opened));
  await world.platform.count();
  const before = await readUsage(world);
  const start = resume(world);
  await untilDrained(world, { seconds: 120, signal });
  const after = await readUsage(world);
  const posts = await world.platform.posts();
  const { connections } = await world.platform.count();
  const last = Math.max(...posts.filter(({ text }) => text.startsWith(name)).map(({ at }) => at));
  const plan: CallPlan = { access: world.platform.access, calls: commands, warmUp: 1_000, atOnce: 48 };
  const bare = await runModule<BareCalls>(bareCalls, plan, signal);
  return {
    throughputPerS: commands / ((last - start) / 1_000),
    callsOnlyPerS: bare.perSecond,
    callsAtOnce: connections,
    ...perCommand(before, after),
  };
}

export function openAccounts(
  world: OutboundWorld,
  name: string,
  count: number,
): Promise<readonly BenchAccount[]> {
  return Promise.all(
    Array.from({ length: count }, (_, index) => world.openAccount(`${name}${index}`, unlimited)),
  );
}

async function publish(to: readonly BenchAccount[]): Promise<void> {
  await Promise.all(
    Array.from({ length: commands }, (_, index) =>
      to[index % to.length]?.send(Math.floor(index / to.length) % conversations),
    ),
  );
}

/**
 * Stops the pools' processes during `work`. Publishing costs processor and disk, but it is the agents' work: the flood is
 * on the stream before the clock starts.
 */
async function whilePaused({ pools }: OutboundWorld, work: () => Promise<void>): Promise<void> {
  for (const pool of pools) process.kill(pool.process.pid, "SIGSTOP");
  await work().catch((error: unknown) => {
    resume({ pools });
    throw error;
  });
}

function resume({ pools }: Pick<OutboundWorld, "pools">): number {
  const now = Date.now();
  for (const pool of pools) process.kill(pool.process.pid, "SIGCONT");
  return now;
}

interface Usage {
  readonly pools: number;
  readonly postgres: number;
  readonly nats: number;
  readonly statements: number | undefined;
  readonly transactions: number;
  readonly walBytes: number;
}

async function readUsage({ servers, pools }: OutboundWorld): Promise<Usage> {
  const { pids, store, countsStatements } = servers;
  const [postgres, nats, ...each] = await Promise.all(
    [pids.postgres, pids.nats, ...pools.map((pool) => pool.process.pid)].map(cpuSecondsOf),
  );
  const written = await store.pool.query<Record<"transactions" | "bytes", string>>(
    "SELECT pg_snapshot_xmax(pg_current_snapshot()) AS transactions, pg_current_wal_lsn() - '0/0' AS bytes",
  );
  const counted = countsStatements
    ? await store.pool.query<{ calls: string }>("SELECT sum(calls) AS calls FROM pg_stat_statements")
    : undefined;
  return {
    pools: each.reduce((sum, seconds) => sum + seconds, 0),
    postgres: postgres ?? 0,
    nats: nats ?? 0,
    statements: counted === undefined ? undefined : Number(counted.rows[0]?.calls),
    transactions: Number(written.rows[0]?.transactions),
    walBytes: Number(written.rows[0]?.bytes),
  };
}

function perCommand(before: Usage, after: Usage): Pick<Flood, "cpu" | "statements" | "writes" | "walBytes"> {
  const each = (name: Exclude<keyof Usage, "statements">): number => (after[name] - before[name]) / commands;
  return {
    cpu: { pools: each("pools") * 1_000, postgres: each("postgres") * 1_000, nats: each("nats") * 1_000 },
    statements:
      before.statements === undefined || after.statements === undefined
        ? undefined
        : (after.statements - before.statements) / commands,
    writes: each("transactions"),
    walBytes: each("walBytes"),
  };
}

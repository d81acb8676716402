import { buildOutput } from "../build-output.ts";
import { serviceProjects } from "../fleet/services.ts";
import { atPace, untilDone } from "../pace.ts";
import { percentile } from "../percentile.ts";
import { accountForPosts } from "./account-for-posts.ts";
import { callDirectly } from "./call-directly.ts";
import { type OutboundWorld, openOutboundWorld } from "./world.ts";

export interface BenchOutboundOptions {
  readonly natsBinary: string;
  /** The environment in which to look for Postgres. */
  readonly env: NodeJS.ProcessEnv;
  /** Sender pools that share the work. */
  readonly senders: number;
  /** How long account A bursts. */
  readonly seconds: number;
  readonly signal: AbortSignal;
  readonly onProgress: (line: string) => void;
}

/** The output of `mio bench outbound --json`. Latencies are from just before publishing to the call at the platform. */
export interface OutboundReport {
  readonly senders: number;
  /** Account B, one command every 2 s, while A gets ten times its rate limit. */
  readonly b_p50_ms: number;
  readonly b_p99_ms: number;
  /** Accounts without a rate limit, 50 commands/s. */
  readonly dispatch_p50_ms: number;
  readonly dispatch_p95_ms: number;
  readonly dispatch_p99_ms: number;
  /** A flood over many accounts, from the first publish to the last call. */
  readonly throughput_per_s: number;
  /** The same calls without Mio. */
  readonly calls_only_per_s: number;
  readonly ratio_calls_only: number;
  readonly stored: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly order_violations: number;
  /** The maximum over the sender pools. */
  readonly rss_mib: number;
}

const unlimited = 100_000;
const flood = { commands: 3_000, accounts: 20, conversations: 10 };

/** Measures the outbound path: fairness under a burst, dispatch, and throughput beside bare calls. */
export async function benchOutbound(options: BenchOutboundOptions): Promise<OutboundReport> {
  const { onProgress, signal, senders } = options;
  onProgress("compiling, as images do");
  await buildOutput(serviceProjects, signal);
  onProgress(`starting servers, the simulated Cliq and ${senders} sender pools`);
  await using world = await openOutboundWorld({ ...options, syncAlways: true });
  await warmUp(world, signal);
  const fairness = await measureFairness(world, options);
  const dispatch = await measureDispatch(world, options);
  const throughput = await measureThroughput(world, options);
  const shown = world.cliq.visiblePosts().map(({ text }) => text);
  const account = accountForPosts(
    world.inStreamOrder(),
    shown.filter((text) => text.includes("#")),
  );
  return {
    senders,
    ...fairness,
    ...dispatch,
    ...throughput,
    stored: world.stored.size,
    lost: account.lost,
    duplicated: account.duplicated,
    order_violations: account.orderViolations,
    rss_mib: world.rssMib(),
  };
}

/** Warms up the compiler in every pool. */
async function warmUp(world: OutboundWorld, signal: AbortSignal): Promise<void> {
  const accounts = await Promise.all(
    Array.from({ length: 12 }, (_, index) => world.openAccount(`warm-${index}`, unlimited)),
  );
  await atPace({ perSecond: 100, seconds: 3, signal }, async (index) => {
    await accounts[index % accounts.length]?.send(index % 5);
  });
  await untilAllShown(world, { seconds: 30, signal });
}

async function measureFairness(
  world: OutboundWorld,
  { seconds, signal, onProgress }: BenchOutboundOptions,
): Promise<Pick<OutboundReport, "b_p50_ms" | "b_p99_ms">> {
  onProgress(`fairness: A bursts 50/s at a limit of 5/s, B sends one in 2 s, for ${seconds} s`);
  const a = await world.openAccount("A", 5);
  const b = await world.openAccount("B", 5);
  await Promise.all([
    atPace({ perSecond: 50, seconds, signal }, (index) => a.send(index % 5)),
    atPace({ perSecond: 0.5, seconds, signal }, (index) => b.send(index % 2)),
  ]);
  await untilDone(() => isShown(world, "B/"), { seconds: 10, signal });
  onProgress("A's limit is raised; its backlog drains");
  await a.setRate(unlimited);
  await untilAllShown(world, { seconds: 120, signal });
  const waits = latencies(world, "B/");
  return { b_p50_ms: percentile(waits, 0.5), b_p99_ms: percentile(waits, 0.99) };
}

async function measureDispatch(
  world: OutboundWorld,
  { signal, onProgress }: BenchOutboundOptions,
): Promise<Pick<OutboundReport, "dispatch_p50_ms" | "dispatch_p95_ms" | "dispatch_p99_ms">> {
  onProgress("dispatch: 50 commands/s over 10 accounts that nothing limits, for 10 s");
  const accounts = await openAccounts(world, "D", 10);
  await atPace({ perSecond: 50, seconds: 10, signal }, async (index) => {
    await accounts[index % accounts.length]?.send(index % 7);
  });
  await untilAllShown(world, { seconds: 30, signal });
  // Without the first command of each account, which waits until its consumer is created.
  const waits = latencies(world, "D", (text) => !text.endsWith("#0"));
  return {
    dispatch_p50_ms: percentile(waits, 0.5),
    dispatch_p95_ms: percentile(waits, 0.95),
    dispatch_p99_ms: percentile(waits, 0.99),
  };
}

async function measureThroughput(
  world: OutboundWorld,
  { signal, onProgress }: BenchOutboundOptions,
): Promise<Pick<OutboundReport, "throughput_per_s" | "calls_only_per_s" | "ratio_calls_only">> {
  onProgress(`throughput: a flood of ${flood.commands} commands over ${flood.accounts} accounts`);
  const accounts = await openAccounts(world, "T", flood.accounts);
  const start = Date.now();
  await Promise.all(
    Array.from({ length: flood.commands }, (_, index) =>
      accounts[index % accounts.length]?.send(Math.floor(index / accounts.length) % flood.conversations),
    ),
  );
  await untilAllShown(world, { seconds: 120, signal });
  const last = Math.max(...posts(world, "T").map(({ at }) => at));
  const throughput = Math.round(flood.commands / ((last - start) / 1_000));
  onProgress("the same calls with nothing around them");
  const callsOnly = await callDirectly(world.cliq, { calls: flood.commands, atOnce: 48 });
  const ratio = Math.round((throughput / callsOnly) * 100) / 100;
  return { throughput_per_s: throughput, calls_only_per_s: callsOnly, ratio_calls_only: ratio };
}

function openAccounts(world: OutboundWorld, name: string, count: number) {
  return Promise.all(
    Array.from({ length: count }, (_, index) => world.openAccount(`${name}${index}`, unlimited)),
  );
}

async function untilAllShown(
  { cliq, stored }: OutboundWorld,
  limits: { readonly seconds: number; readonly signal: AbortSignal },
): Promise<void> {
  await untilDone(() => cliq.counters().post >= stored.size, limits);
}

interface Post {
  readonly text: string;
  readonly at: number;
}

function posts({ cliq }: OutboundWorld, prefix: string): readonly Post[] {
  return cliq
    .visiblePosts()
    .filter(({ text }) => text.startsWith(prefix))
    .map(({ text, postedAt }) => ({ text, at: postedAt.getTime() }));
}

function isShown(world: OutboundWorld, prefix: string): boolean {
  const shown = new Set(posts(world, prefix).map(({ text }) => text));
  return [...world.stored.keys()].every((text) => !text.startsWith(prefix) || shown.has(text));
}

function latencies(
  world: OutboundWorld,
  prefix: string,
  counts: (text: string) => boolean = () => true,
): readonly number[] {
  return posts(world, prefix)
    .filter(({ text }) => counts(text))
    .map(({ text, at }) => at - (world.stored.get(text) ?? at));
}

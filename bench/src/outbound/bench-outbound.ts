import { buildOutput } from "../build-output.ts";
import { percentile } from "../numbers.ts";
import { atPace, untilDone } from "../pace.ts";
import { accountForPosts } from "./account-for-posts.ts";
import { type Flood, measureFlood, openAccounts } from "./measure-flood.ts";
import { type PoolsReport, toPoolsReport } from "./report.ts";
import { type OutboundWorld, openOutboundWorld, unlimited, untilDrained } from "./world.ts";

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

/**
 * The output of `mio bench outbound --json`. Latencies are from just before publishing to the call at the platform. The
 * fields of a flood on `senders` pools are here as well as in `pools`.
 */
export interface OutboundReport extends PoolsReport {
  /** Account B, one command every 2 s, while A gets ten times its rate limit. */
  readonly b_p50_ms: number;
  readonly b_p99_ms: number;
  /** Accounts without a rate limit, 50 commands/s. */
  readonly dispatch_p50_ms: number;
  readonly dispatch_p95_ms: number;
  readonly dispatch_p99_ms: number;
  /** A flood on one pool, and on all. */
  readonly pools: readonly PoolsReport[];
  readonly stored: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly order_violations: number;
  /** The maximum over the sender pools. */
  readonly rss_mib: number;
}

const rounds = 3;

/** Measures the outbound path: fairness under a burst, dispatch, and throughput beside bare calls. */
export async function benchOutbound(options: BenchOutboundOptions): Promise<OutboundReport> {
  const { onProgress, signal, senders } = options;
  onProgress("building, as images do");
  await buildOutput(["sender-pool"], signal);
  onProgress(`starting servers, the simulated Cliq and ${senders} sender pools`);
  await using world = await openOutboundWorld({ ...options, syncAlways: true });
  await warmUp(world, signal);
  const fairness = await measureFairness(world, options);
  const dispatch = await measureDispatch(world, options);
  const all = await measureThroughput(world, options);
  await world.keepOnePool();
  const pools = senders === 1 ? [all] : [await measureThroughput(world, options), all];
  const shown = (await world.platform.posts()).map(({ text }) => text);
  const account = accountForPosts(
    world.inStreamOrder(),
    shown.filter((text) => text.includes("#")),
  );
  return {
    ...all,
    ...fairness,
    ...dispatch,
    pools,
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
  await untilDrained(world, { seconds: 30, signal });
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
  await untilDrained(world, { seconds: 120, signal });
  const waits = await latencies(world, "B/");
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
  await untilDrained(world, { seconds: 30, signal });
  // Without the first command of each account, which waits until its consumer is created.
  const waits = await latencies(world, "D", (text) => !text.endsWith("#0"));
  return {
    dispatch_p50_ms: percentile(waits, 0.5),
    dispatch_p95_ms: percentile(waits, 0.95),
    dispatch_p99_ms: percentile(waits, 0.99),
  };
}

async function measureThroughput(
  world: OutboundWorld,
  { signal, onProgress }: BenchOutboundOptions,
): Promise<PoolsReport> {
  const senders = world.pools.length;
  const floods: Flood[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    onProgress(`throughput: a flood on ${senders} pools, then bare calls, round ${round} of ${rounds}`);
    floods.push(await measureFlood(world, `T${senders}-${round}-`, signal));
  }
  return toPoolsReport(senders, floods);
}

async function isShown(world: OutboundWorld, prefix: string): Promise<boolean> {
  const shown = new Set((await world.platform.posts()).map(({ text }) => text));
  return [...world.stored.keys()].every((text) => !text.startsWith(prefix) || shown.has(text));
}

async function latencies(
  world: OutboundWorld,
  prefix: string,
  counts: (text: string) => boolean = () => true,
): Promise<readonly number[]> {
  const posts = await world.platform.posts();
  return posts
    .filter(({ text }) => text.startsWith(prefix) && counts(text))
    .map(({ text, at }) => at - (world.stored.get(text) ?? at));
}

import type { LoadResult } from "../load/plan.ts";
import { median, ratio, round } from "../numbers.ts";
import type { Target } from "./world.ts";

/** CPU seconds of the gateway's runs per 1,000 acknowledged requests; Postgres with its backends. */
export interface CpuCost {
  readonly gateway_cpu_s_per_1000: number;
  readonly postgres_cpu_s_per_1000: number;
  readonly nats_cpu_s_per_1000: number;
}

/** Requests with a 200 per second, medians over the rounds. Ratios compare the gateway with each upper bound. */
export interface Capacity extends CpuCost {
  readonly gateway_per_s: number;
  readonly publish_only_per_s: number;
  readonly verify_only_per_s: number;
  readonly naive_per_s: number;
  readonly ratio_publish_only: number;
  readonly ratio_verify_only: number;
  readonly ratio_naive: number;
}

/** The output of `mio bench inbound --json`. */
export interface InboundReport extends CpuCost {
  readonly rate: number;
  readonly offered: number;
  readonly acked: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
  readonly p999_ms: number;
  readonly max_ms: number;
  /** The same load on the upper bound without a record: the cost of the disk and the machine alone. */
  readonly publish_only_p50_ms: number;
  readonly publish_only_p99_ms: number;
  readonly publish_only_p999_ms: number;
  /** The gateway's p99 by that of the upper bound. */
  readonly ratio_publish_only_p99: number;
  /** NATS syncs in the background, as servers with replicas do: limited by the processors. */
  readonly capacity: Capacity;
  /** NATS syncs every message, as a single server should: limited by the disk. */
  readonly capacity_synced: Capacity;
  readonly rss_mib: number;
  readonly cold_start_ms: number;
}

/** CPU seconds. */
export interface Cpu {
  readonly gateway: number;
  readonly postgres: number;
  readonly nats: number;
}

/** The result of a load, and the CPU time of the gateway and its servers meanwhile. */
export interface Loaded extends LoadResult {
  readonly cpu: Cpu;
}

/** The result of each round, per target. */
export type Rounds = Readonly<Record<Target, readonly Loaded[]>>;

export interface Measurements {
  readonly rate: number;
  readonly openLoop: Loaded;
  /** The open loop on the upper bound that verifies and publishes. */
  readonly publishOnly: LoadResult;
  readonly background: Rounds;
  readonly synced: Rounds;
  readonly lost: number;
  readonly duplicated: number;
  readonly rssMib: number;
  readonly coldStartMs: number;
}

export function toReport(measured: Measurements): InboundReport {
  const { rate, openLoop, publishOnly, lost, duplicated } = measured;
  return {
    rate,
    offered: openLoop.offered,
    acked: openLoop.acked,
    lost,
    duplicated,
    p50_ms: openLoop.p50Ms,
    p99_ms: openLoop.p99Ms,
    p999_ms: openLoop.p999Ms,
    max_ms: openLoop.maxMs,
    publish_only_p50_ms: publishOnly.p50Ms,
    publish_only_p99_ms: publishOnly.p99Ms,
    publish_only_p999_ms: publishOnly.p999Ms,
    ratio_publish_only_p99: ratio(openLoop.p99Ms, publishOnly.p99Ms),
    ...toCost([openLoop]),
    capacity: toCapacity(measured.background),
    capacity_synced: toCapacity(measured.synced),
    rss_mib: measured.rssMib,
    cold_start_ms: measured.coldStartMs,
  };
}

function toCapacity(rounds: Rounds): Capacity {
  const perSecond = (target: Target): number => median(rounds[target].map((one) => one.perSecond));
  const gateway = perSecond("gateway");
  const [publish, verify, naive] = [perSecond("publish"), perSecond("verify"), perSecond("naive")];
  return {
    gateway_per_s: gateway,
    publish_only_per_s: publish,
    verify_only_per_s: verify,
    naive_per_s: naive,
    ratio_publish_only: ratio(gateway, publish),
    ratio_verify_only: ratio(gateway, verify),
    ratio_naive: ratio(gateway, naive),
    ...toCost(rounds.gateway),
  };
}

function toCost(loads: readonly Loaded[]): CpuCost {
  const acked = loads.reduce((sum, load) => sum + load.acked, 0);
  const cost = (of: keyof Cpu): number =>
    acked === 0 ? 0 : round((loads.reduce((sum, load) => sum + load.cpu[of], 0) / acked) * 1_000, 3);
  return {
    gateway_cpu_s_per_1000: cost("gateway"),
    postgres_cpu_s_per_1000: cost("postgres"),
    nats_cpu_s_per_1000: cost("nats"),
  };
}

import type { LoadResult } from "../load/plan.ts";
import type { Target } from "./world.ts";

/** Requests with a 200 per second, medians over the rounds. Ratios compare the gateway with each upper bound. */
export interface Capacity {
  readonly gateway_per_s: number;
  readonly publish_only_per_s: number;
  readonly verify_only_per_s: number;
  readonly naive_per_s: number;
  readonly ratio_publish_only: number;
  readonly ratio_verify_only: number;
  readonly ratio_naive: number;
}

/** The output of `mio bench inbound --json`. */
export interface InboundReport {
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
  /** NATS syncs in the background, as servers with replicas do: limited by the processors. */
  readonly capacity: Capacity;
  /** NATS syncs every message, as a single server should: limited by the disk. */
  readonly capacity_synced: Capacity;
  readonly rss_mib: number;
  readonly cold_start_ms: number;
}

/** The result of each round, per target. */
export type Rounds = Readonly<Record<Target, readonly number[]>>;

export interface Measurements {
  readonly rate: number;
  readonly openLoop: LoadResult;
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
    capacity: toCapacity(measured.background),
    capacity_synced: toCapacity(measured.synced),
    rss_mib: measured.rssMib,
    cold_start_ms: measured.coldStartMs,
  };
}

function toCapacity(rounds: Rounds): Capacity {
  const gateway = median(rounds.gateway);
  const [publish, verify, naive] = [median(rounds.publish), median(rounds.verify), median(rounds.naive)];
  return {
    gateway_per_s: gateway,
    publish_only_per_s: publish,
    verify_only_per_s: verify,
    naive_per_s: naive,
    ratio_publish_only: ratio(gateway, publish),
    ratio_verify_only: ratio(gateway, verify),
    ratio_naive: ratio(gateway, naive),
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.round((part / whole) * 100) / 100;
}

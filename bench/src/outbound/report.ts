import { median, round } from "../numbers.ts";
import type { Flood } from "./measure-flood.ts";

/** Floods on this many sender pools; medians over the rounds. CPU in seconds per 1,000 commands, children included. */
export interface PoolsReport {
  readonly senders: number;
  /** From a stream full of commands to the last platform call. */
  readonly throughput_per_s: number;
  /** The same calls without Mio, in a separate process. */
  readonly calls_only_per_s: number;
  /** Median of the rounds' ratios. */
  readonly ratio_calls_only: number;
  /** All pools together. */
  readonly pool_cpu_s_per_1000: number;
  readonly postgres_cpu_s_per_1000: number;
  readonly nats_cpu_s_per_1000: number;
  /** Null if this Postgres has no pg_stat_statements. */
  readonly statements_per_command: number | null;
  /** Transactions that wrote something. */
  readonly write_transactions_per_command: number;
  readonly wal_bytes_per_command: number;
  /** The most connections to the platform; each carries one call at a time. */
  readonly calls_at_once_max: number;
}

export function toPoolsReport(senders: number, floods: readonly Flood[]): PoolsReport {
  const of = (value: (flood: Flood) => number): number => median(floods.map(value));
  const statements = floods.flatMap((flood) => (flood.statements === undefined ? [] : [flood.statements]));
  return {
    senders,
    throughput_per_s: round(
      of((flood) => flood.throughputPerS),
      0,
    ),
    calls_only_per_s: round(
      of((flood) => flood.callsOnlyPerS),
      0,
    ),
    ratio_calls_only: round(of((flood) => flood.throughputPerS / flood.callsOnlyPerS)),
    pool_cpu_s_per_1000: round(
      of((flood) => flood.cpu.pools),
      3,
    ),
    postgres_cpu_s_per_1000: round(
      of((flood) => flood.cpu.postgres),
      3,
    ),
    nats_cpu_s_per_1000: round(
      of((flood) => flood.cpu.nats),
      3,
    ),
    statements_per_command: statements.length === 0 ? null : round(median(statements)),
    write_transactions_per_command: round(of((flood) => flood.writes)),
    wal_bytes_per_command: round(
      of((flood) => flood.walBytes),
      0,
    ),
    calls_at_once_max: Math.max(...floods.map((flood) => flood.callsAtOnce)),
  };
}

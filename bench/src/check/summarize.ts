import type { InboundReport } from "../inbound/report.ts";
import type { LoopReport } from "../loop/bench-loop.ts";
import type { OutboundReport } from "../outbound/bench-outbound.ts";
import type { StartReport } from "../start/report.ts";

/** A figure and its upper bound from the same run. */
export interface Figure {
  readonly figure: string;
  readonly measured: number;
  readonly ceiling: number | null;
  readonly what_ceiling: string;
  readonly ratio: number | null;
}

export interface Reports {
  readonly inbound: InboundReport;
  readonly outbound: OutboundReport;
  readonly loop: LoopReport;
  readonly start: StartReport;
}

/** The figures of a whole run, each with its ceiling if it has one. */
export function summarize({ inbound, outbound, loop, start }: Reports): readonly Figure[] {
  const { capacity, capacity_synced: synced } = inbound;
  return [
    beside("webhook p99, ms", inbound.p99_ms, ["publish only", inbound.publish_only_p99_ms]),
    beside("webhook p99.9, ms", inbound.p999_ms, ["publish only", inbound.publish_only_p999_ms]),
    beside("webhooks/s", capacity.gateway_per_s, ["publish only", capacity.publish_only_per_s]),
    beside("webhooks/s", capacity.gateway_per_s, ["naive", capacity.naive_per_s]),
    beside("webhooks/s, synced", synced.gateway_per_s, ["publish only", synced.publish_only_per_s]),
    beside("webhooks/s, synced", synced.gateway_per_s, ["naive", synced.naive_per_s]),
    alone("gateway, CPU s per 1,000", inbound.gateway_cpu_s_per_1000),
    alone("Postgres, CPU s per 1,000 webhooks", inbound.postgres_cpu_s_per_1000),
    alone("gateway, MiB", inbound.rss_mib),
    ...outbound.pools.flatMap((pools) => [
      beside(`commands/s, ${pools.senders} pools`, pools.throughput_per_s, [
        "bare calls",
        pools.calls_only_per_s,
      ]),
      alone(`${pools.senders} pools, CPU s per 1,000`, pools.pool_cpu_s_per_1000),
      alone(`${pools.senders} pools, Postgres, CPU s per 1,000`, pools.postgres_cpu_s_per_1000),
    ]),
    alone("answer shown, p50, ms", loop.edit_shown.p50_ms),
    alone("answer shown, p99, ms", loop.edit_shown.p99_ms),
    ...toStarts(start),
    alone("lost", inbound.lost + outbound.lost + loop.lost),
    alone("duplicated", inbound.duplicated + outbound.duplicated + loop.duplicated),
    alone("out of order", outbound.order_violations),
  ];
}

function toStarts(start: StartReport): readonly Figure[] {
  const bare = ["bare Node", start.bare.median_ms] as const;
  return [
    beside("gateway's start, ms", start.gateway.median_ms, bare),
    beside("media vault's start, ms", start.media_vault.median_ms, bare),
    beside("sender pool's start, ms", start.sender_pool.median_ms, bare),
    beside("gateway's first boot, ms", start.first_boot.median_ms, bare),
    alone("./mio up, ready, ms", start.up_new_folder.ready_ms),
    alone("./mio up, first answer, ms", start.up_new_folder.answered_ms),
  ];
}

function beside(figure: string, measured: number, [what, ceiling]: readonly [string, number]): Figure {
  const ratio = ceiling === 0 ? null : Math.round((measured / ceiling) * 100) / 100;
  return { figure, measured, ceiling, what_ceiling: what, ratio };
}

function alone(figure: string, measured: number): Figure {
  return { figure, measured, ceiling: null, what_ceiling: "", ratio: null };
}

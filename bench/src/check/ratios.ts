import type { InboundReport } from "../inbound/report.ts";
import type { OutboundReport } from "../outbound/bench-outbound.ts";

/** A ratio of one run. Times are no part of it: they depend on the machine. */
export interface Ratio {
  readonly name: string;
  readonly value: number;
  /** Which direction is good. */
  readonly better: "higher" | "lower";
}

/** The checked ratios of an inbound run. */
export function inboundRatios(report: InboundReport): readonly Ratio[] {
  const { capacity, capacity_synced: synced } = report;
  return [
    higher("inbound.capacity.ratio_publish_only", capacity.ratio_publish_only),
    higher("inbound.capacity.ratio_verify_only", capacity.ratio_verify_only),
    higher("inbound.capacity.ratio_naive", capacity.ratio_naive),
    higher("inbound.capacity_synced.ratio_publish_only", synced.ratio_publish_only),
    higher("inbound.capacity_synced.ratio_naive", synced.ratio_naive),
    { name: "inbound.ratio_publish_only_p99", value: report.ratio_publish_only_p99, better: "lower" },
  ];
}

/** The checked ratios of an outbound run, for each number of pools. */
export function outboundRatios({ pools }: Pick<OutboundReport, "pools">): readonly Ratio[] {
  return pools.map(({ senders, ratio_calls_only: value }) =>
    higher(`outbound.${senders}_pools.ratio_calls_only`, value),
  );
}

function higher(name: string, value: number): Ratio {
  return { name, value, better: "higher" };
}

import type { Metrics } from "@mio/service-kit";

/** How one publish or one handled delivery ended, as a metric label. */
export type BusOutcome = "success" | "error" | "dedup" | "timeout" | "invalid";

/** Counts one kind of work: `mio_sdk_<kind>_total` and `mio_sdk_<kind>_latency_seconds`. */
export interface BusMeter {
  observe(subject: string, outcome: BusOutcome, seconds: number): void;
}

const buckets: readonly number[] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1];

/** A meter for `publish` or `consume`; one that does nothing without metrics. */
export function createBusMeter(kind: "publish" | "consume", metrics: Metrics | undefined): BusMeter {
  if (metrics === undefined) return { observe: () => {} };
  const total = metrics.counter({
    name: `mio_sdk_${kind}_total`,
    help: `Messages by the outcome of ${kind}`,
    labels: ["channel_type", "direction", "outcome"],
  });
  const latency = metrics.histogram({
    name: `mio_sdk_${kind}_latency_seconds`,
    help: `Seconds one ${kind} takes`,
    labels: ["channel_type", "direction"],
    buckets,
  });
  return {
    observe: (subject, outcome, seconds) => {
      const { channelType, direction } = toLabels(subject);
      total.inc({ channel_type: channelType, direction, outcome });
      latency.observe({ channel_type: channelType, direction }, seconds);
    },
  };
}

/** `mio.<direction>.<channel>.…`, and `mio.dlq.<direction>.<channel>.…`; other subjects have no labels. */
function toLabels(subject: string): { readonly channelType: string; readonly direction: string } {
  const [root, direction, second, third] = subject.split(".", 4);
  if (root !== "mio" || direction === undefined) return { channelType: "none", direction: "none" };
  const channelType = direction === "dlq" ? third : second;
  return { channelType: channelType ?? "none", direction };
}

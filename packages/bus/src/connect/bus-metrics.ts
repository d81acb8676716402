import type { Metrics } from "@mio/service-kit";

/** How one publish or one handled delivery ended, as a metric label. */
export type BusOutcome = "success" | "error" | "dedup" | "timeout" | "invalid";

/** Counts one kind of work: `mio_sdk_<kind>_total` and `mio_sdk_<kind>_latency_seconds`. */
export interface BusMeter {
  observe(subject: string, outcome: BusOutcome, seconds: number): void;
}

const buckets: readonly number[] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1];

/** Creates a meter for `publish` or `consume`. Without metrics it does nothing. */
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

/** Counts dead letters of every origin. */
export interface DeadLetterMeter {
  /** @param subject of the dead letter */
  count(subject: string, reason: string): void;
}

/** The values of the label. Agents may reject with any reason, which counts as `other`. */
const countedReasons: ReadonlySet<string> = new Set([
  ...["undecodable", "exhausted", "rejected", "never", "invalid", "unsupported", "unknown_send", "expired"],
  ...["auth", "refresh_failed", "forbidden", "not_found", "closed", "bad_request", "too_long", "throttled"],
  ...[
    "platform_down",
    "network",
    "timeout",
    "no_account",
    "account_disabled",
    "account_pending",
    "wrong_tenant",
  ],
  ...["wrong_channel", "wrong_conversation", "wrong_target", "no_target", "no_sender"],
]);

/** Counts dead letters as `mio_dead_letters_total`; does nothing without metrics. */
export function createDeadLetterMeter(metrics: Metrics | undefined): DeadLetterMeter {
  if (metrics === undefined) return { count: () => {} };
  const total = metrics.counter({
    name: "mio_dead_letters_total",
    help: "Messages that were given up, with a copy in MESSAGES_DLQ",
    labels: ["direction", "channel_type", "reason"],
  });
  return {
    count: (subject, reason) => {
      const [, , direction = "none", channel_type = "none"] = subject.split(".", 4);
      total.inc({ direction, channel_type, reason: countedReasons.has(reason) ? reason : "other" });
    },
  };
}

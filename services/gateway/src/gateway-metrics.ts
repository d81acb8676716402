import type { Counter, Gauge, Histogram, Metrics } from "@mio/service-kit";

/** The gateway's metrics; their label sets are closed and small. */
export interface GatewayMetrics {
  readonly inbound: Counter<"channel_type" | "direction" | "outcome">;
  readonly latency: Histogram<"channel_type" | "direction" | "outcome">;
  readonly dedup: Counter<"channel_type">;
  readonly unroutable: Counter<"channel_type">;
  readonly dropped: Counter<"channel_type" | "reason">;
  readonly relayed: Counter;
  readonly givenUp: Counter;
  readonly pending: Gauge;
  readonly oldest: Gauge;
  readonly partitioned: Gauge<"table">;
}

const latencyBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function defineGatewayMetrics(metrics: Metrics): GatewayMetrics {
  const labels = ["channel_type", "direction", "outcome"] as const;
  return {
    inbound: metrics.counter({
      name: "mio_gateway_inbound_total",
      help: "Events by outcome, from webhooks and sockets.",
      labels,
    }),
    latency: metrics.histogram({
      name: "mio_gateway_inbound_latency_seconds",
      help: "Time from reading an event to its answer, in seconds.",
      labels,
      buckets: latencyBuckets,
    }),
    dedup: metrics.counter({
      name: "mio_idempotency_dedup_total",
      help: "Events delivered again by their platform.",
      labels: ["channel_type"],
    }),
    unroutable: metrics.counter({
      name: "mio_gateway_unroutable_webhook_total",
      help: "Events that no account claims.",
      labels: ["channel_type"],
    }),
    dropped: metrics.counter({
      name: "mio_gateway_dropped_events_total",
      help: "Events that are valid but not used, by reason.",
      labels: ["channel_type", "reason"],
    }),
    relayed: metrics.counter({
      name: "mio_outbox_relayed_total",
      help: "Events that the relay published because the bus had not confirmed them.",
    }),
    givenUp: metrics.counter({
      name: "mio_outbox_given_up_total",
      help: "Events larger than the bus accepts, stored as dead letters.",
    }),
    pending: metrics.gauge({ name: "mio_outbox_pending", help: "Events the bus has not confirmed yet." }),
    oldest: metrics.gauge({
      name: "mio_outbox_oldest_seconds",
      help: "Age in seconds of the oldest event that the bus has not confirmed.",
    }),
    partitioned: metrics.gauge({
      name: "mio_partition_ahead_seconds",
      help: "Seconds until the last partition of a table ends.",
      labels: ["table"],
    }),
  };
}

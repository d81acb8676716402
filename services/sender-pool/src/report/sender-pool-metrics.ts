import type { Metrics } from "@mio/service-kit";

/** Dashboards use these names; the pool was once a part of the gateway. */
export function defineSenderPoolMetrics(metrics: Metrics) {
  return {
    sent: metrics.counter({
      name: "mio_gateway_outbound_sent_total",
      help: "Commands that were sent, or left out on purpose.",
      labels: ["channel_type", "outcome"],
    }),
    retried: metrics.counter({
      name: "mio_gateway_outbound_retry_total",
      help: "Platform calls that failed and are retried.",
      labels: ["channel_type", "http_status"],
    }),
    terminated: metrics.counter({
      name: "mio_gateway_outbound_terminated_total",
      help: "Commands that were not sent, by reason.",
      labels: ["channel_type", "reason"],
    }),
    fallback: metrics.counter({
      name: "mio_gateway_outbound_edit_fallback_total",
      help: "Edits that became posts because their target is unknown.",
      labels: ["channel_type", "reason"],
    }),
    dispatch: metrics.histogram({
      name: "mio_sender_pool_dispatch_seconds",
      help: "From the stream to the first platform call.",
      labels: ["channel_type"],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    }),
  };
}

/** What the gauges read. */
export interface Watched {
  readonly workers: {
    readonly inFlight: number;
    readonly silent: { readonly accounts: number; readonly hosts: number };
  };
  readonly governor: { readonly size: number };
  readonly buckets: { readonly slowed: number };
  readonly senders: { readonly refusedAccounts: number };
  readonly intake: { readonly accounts: number; readonly oldestAt: Date | undefined };
  readonly held: { readonly taken: number };
  readonly longWaits: { readonly count: number };
}

/** Registers the gauges that are read at each scrape. */
export function watchSenderPool(
  metrics: Metrics,
  { workers, governor, buckets, senders, intake, held, longWaits }: Watched,
): void {
  metrics.gauge({
    name: "mio_sender_pool_in_flight",
    help: "Platform calls in flight.",
    collect: (gauge) => gauge.set(workers.inFlight),
  });
  metrics.gauge({
    name: "mio_sender_pool_silent_accounts",
    help: "Accounts whose calls ended without an answer several times in a row; each gets one call at a time.",
    collect: (gauge) => gauge.set(workers.silent.accounts),
  });
  metrics.gauge({
    name: "mio_sender_pool_silent_hosts",
    help: "Platforms that answered none of several accounts in a row; one call at a time probes each.",
    collect: (gauge) => gauge.set(workers.silent.hosts),
  });
  metrics.gauge({
    name: "mio_sender_pool_held_commands",
    help: "Commands in memory: being delivered, or waiting for their turn.",
    collect: (gauge) => gauge.set(held.taken),
  });
  metrics.gauge({
    name: "mio_sender_pool_long_waits",
    help: "Commands that have waited for more than a minute for an earlier one of their conversation.",
    collect: (gauge) => gauge.set(longWaits.count),
  });
  metrics.gauge({
    name: "mio_sender_pool_read_accounts",
    help: "Accounts whose commands this process reads.",
    collect: (gauge) => gauge.set(intake.accounts),
  });
  metrics.gauge({
    name: "mio_sender_pool_oldest_command_seconds",
    help: "Age of the oldest undelivered command of any account; 0 when there is none.",
    collect: (gauge) =>
      gauge.set(
        intake.oldestAt === undefined ? 0 : Math.max(0, (Date.now() - intake.oldestAt.getTime()) / 1_000),
      ),
  });
  metrics.gauge({
    name: "mio_gateway_ratelimit_buckets_active",
    help: "Rate limit buckets that commands of this process wait for.",
    collect: (gauge) => gauge.set(governor.size),
  });
  metrics.gauge({
    name: "mio_sender_pool_slowed_buckets",
    help: "Rate limit buckets slower than advertised, because the platform throttled and named no time.",
    collect: (gauge) => gauge.set(buckets.slowed),
  });
  metrics.gauge({
    name: "mio_sender_pool_refused_accounts",
    help: "Accounts whose credentials the platform refused when this process last used them.",
    collect: (gauge) => gauge.set(senders.refusedAccounts),
  });
}

import type { Metrics } from "@mio/service-kit";
import type { Health } from "../accounts/watch-health.ts";
import type { LongWaits } from "../delivery/long-waits.ts";
import type { Intake } from "../intake/account-intake.ts";
import type { Governor } from "../rates/governor.ts";
import type { SharedBuckets } from "../rates/shared-buckets.ts";
import type { Workers } from "../rates/workers.ts";

/** The names are those dashboards know; the pool was once a part of the gateway. */
export function defineSenderPoolMetrics(metrics: Metrics) {
  return {
    sent: metrics.counter({
      name: "mio_gateway_outbound_sent_total",
      help: "Commands that ended well: the platform has them, or they were left out on purpose.",
      labels: ["channel_type", "outcome"],
    }),
    retried: metrics.counter({
      name: "mio_gateway_outbound_retry_total",
      help: "Platform calls that failed and are tried again.",
      labels: ["channel_type", "http_status"],
    }),
    terminated: metrics.counter({
      name: "mio_gateway_outbound_terminated_total",
      help: "Commands that ended without being sent, by reason.",
      labels: ["channel_type", "reason"],
    }),
    fallback: metrics.counter({
      name: "mio_gateway_outbound_edit_fallback_total",
      help: "Edits that became posts because their target is not known.",
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

export interface Watched {
  readonly workers: Pick<Workers, "inFlight" | "silent">;
  readonly governor: Pick<Governor, "size">;
  readonly buckets: Pick<SharedBuckets, "slowed">;
  readonly health: Pick<Health, "refusedAccounts">;
  readonly intake: Pick<Intake, "accounts" | "oldestAt">;
  readonly room: { readonly taken: number };
  readonly longWaits: Pick<LongWaits, "count">;
}

/** Gauges that are read when they are scraped. */
export function watchSenderPool(
  metrics: Metrics,
  { workers, governor, buckets, health, intake, room, longWaits }: Watched,
): void {
  metrics.gauge({
    name: "mio_sender_pool_in_flight",
    help: "Platform calls that are being made.",
    collect: (gauge) => gauge.set(workers.inFlight),
  });
  metrics.gauge({
    name: "mio_sender_pool_silent_accounts",
    help: "Accounts whose calls ended without an answer several times in a row; each gets one call at a time.",
    collect: (gauge) => gauge.set(workers.silent.accounts),
  });
  metrics.gauge({
    name: "mio_sender_pool_silent_hosts",
    help: "Platforms that answered none of several accounts in a row.",
    collect: (gauge) => gauge.set(workers.silent.hosts),
  });
  metrics.gauge({
    name: "mio_sender_pool_held_commands",
    help: "Commands in memory: being carried out, or waiting for their turn.",
    collect: (gauge) => gauge.set(room.taken),
  });
  metrics.gauge({
    name: "mio_sender_pool_long_waits",
    help: "Commands that have waited for more than a minute for an earlier one of their conversation.",
    collect: (gauge) => gauge.set(longWaits.count),
  });
  metrics.gauge({
    name: "mio_sender_pool_read_accounts",
    help: "Accounts whose commands this process asks for.",
    collect: (gauge) => gauge.set(intake.accounts),
  });
  metrics.gauge({
    name: "mio_sender_pool_oldest_command_seconds",
    help: "Age of the oldest command that is not carried out yet, of any account; 0 when there is none.",
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
    help: "Rate limit buckets that go slower than advertised, because the platform throttled and named no time.",
    collect: (gauge) => gauge.set(buckets.slowed),
  });
  metrics.gauge({
    name: "mio_sender_pool_refused_accounts",
    help: "Accounts whose credentials the platform refused when this process last used them.",
    collect: (gauge) => gauge.set(health.refusedAccounts),
  });
}

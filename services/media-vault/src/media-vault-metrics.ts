import type { Counter, Histogram, Metrics } from "@mio/service-kit";
import type { DownloadSlots } from "./attachments/download-slots.ts";

/** The media vault's metrics; their label sets are closed and small. */
export interface MediaVaultMetrics {
  readonly messages: Counter<"channel_type" | "outcome">;
  readonly attachments: Counter<"channel_type" | "outcome">;
  readonly people: Counter<"channel_type" | "outcome">;
  readonly bytes: Counter<"channel_type">;
  readonly dedupHits: Counter<"channel_type">;
  readonly downloadSeconds: Histogram<"channel_type" | "outcome">;
  readonly storageSeconds: Histogram<"backend" | "op">;
}

/** Reads `downloads` at each scrape. */
export function defineMediaVaultMetrics(
  metrics: Metrics,
  downloads: Pick<DownloadSlots, "taken" | "waiting">,
): MediaVaultMetrics {
  const outcome = ["channel_type", "outcome"] as const;
  metrics.gauge({
    name: "mio_attachment_inflight",
    help: "Attachments being fetched or stored.",
    collect: (gauge) => gauge.set(downloads.taken),
  });
  metrics.gauge({
    name: "mio_attachment_waiting",
    help: "Attachments waiting for a download slot of this process; more may be queued on MESSAGES_ATTACHMENTS.",
    collect: (gauge) => gauge.set(downloads.waiting),
  });
  return {
    messages: metrics.counter({
      name: "mio_media_vault_messages_total",
      help: "Messages by outcome: published enriched, on the enriched stream already (duplicate), or queued for their attachments.",
      labels: outcome,
    }),
    attachments: metrics.counter({
      name: "mio_attachment_downloaded_total",
      help: "Attachments by outcome.",
      labels: outcome,
    }),
    people: metrics.counter({
      name: "mio_person_lookups_total",
      help: "Lookups of people's names by outcome: found, unknown, failed, refused (an operator must fix it), left out (above the rate limit).",
      labels: outcome,
    }),
    bytes: metrics.counter({
      name: "mio_attachment_bytes_total",
      help: "Bytes of newly stored attachments.",
      labels: ["channel_type"],
    }),
    dedupHits: metrics.counter({
      name: "mio_attachment_dedup_hits_total",
      help: "Attachments whose bytes were stored before.",
      labels: ["channel_type"],
    }),
    downloadSeconds: metrics.histogram({
      name: "mio_attachment_download_duration_seconds",
      help: "Time from the first attempt to the end of an attachment, including waits, in seconds.",
      labels: outcome,
      buckets: [0.1, 0.5, 1, 2, 5, 10, 30, 60],
    }),
    storageSeconds: metrics.histogram({
      name: "mio_attachment_storage_duration_seconds",
      help: "Time of one storage operation, in seconds.",
      labels: ["backend", "op"],
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2, 5],
    }),
  };
}

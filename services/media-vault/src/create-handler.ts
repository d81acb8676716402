import { tmpdir } from "node:os";
import type { BlobStore } from "@mio/blob";
import type { Bus, Handler } from "@mio/bus";
import { type AttachmentFetcher, createRegistry } from "@mio/channel-kit";
import { channels } from "@mio/channels";
import { type AppContext, createBackoff, systemClock } from "@mio/service-kit";
import type { AccessOf } from "./account-access.ts";
import type { MediaVaultConfig } from "./config.ts";
import { createEnrichMessage } from "./enrich-message.ts";
import { createMediaVaultEvents } from "./events.ts";
import { createInProgress } from "./in-progress.ts";
import { createKeepAttachment } from "./keep-attachment.ts";
import { defineMediaVaultMetrics } from "./media-vault-metrics.ts";
import { createPlaces } from "./places.ts";

const fetchBackoff = createBackoff({ baseMs: 1_000, maxMs: 15_000 });
const publishBackoff = createBackoff({ baseMs: 250, maxMs: 5_000 });

export interface HandlerParts {
  readonly bus: Bus;
  readonly blobs: BlobStore;
  readonly accessOf: AccessOf;
  readonly context: AppContext;
}

/** Puts together what handles one inbound message. */
export function createHandler(config: MediaVaultConfig, parts: HandlerParts): Handler {
  const { bus, blobs, accessOf, context } = parts;
  const places = createPlaces(config.MIO_DOWNLOAD_CONCURRENCY);
  const events = createMediaVaultEvents(
    context.logger,
    defineMediaVaultMetrics(context.metrics, () => places.taken()),
  );
  const keepAttachment = createKeepAttachment({
    fetcherOf: openFetchers(config),
    accessOf,
    blobs,
    places,
    prefix: config.MIO_STORAGE_PREFIX,
    spoolDirectory: config.MIO_SPOOL_DIR ?? tmpdir(),
    maxBytes: config.MIO_DOWNLOAD_MAX_BYTES,
    timeoutMs: config.MIO_DOWNLOAD_TIMEOUT_SECONDS * 1000,
    budgetMs: config.MIO_DOWNLOAD_BUDGET_SECONDS * 1000,
    backoff: fetchBackoff,
    clock: systemClock,
  });
  const { publisher } = bus;
  return createEnrichMessage({
    keepAttachment,
    publisher,
    inProgress: createInProgress(),
    events,
    backoff: publishBackoff,
    clock: systemClock,
  });
}

function openFetchers(config: MediaVaultConfig): (channelType: string) => AttachmentFetcher | undefined {
  const registry = createRegistry(channels);
  const fetchers = new Map(
    registry.channels.map((channel) => [channel.channelType, channel.open(config).attachments]),
  );
  return (type) => {
    const channel = registry.byType(type);
    return channel && fetchers.get(channel.channelType);
  };
}

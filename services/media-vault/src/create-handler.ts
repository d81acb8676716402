import { tmpdir } from "node:os";
import type { BlobStore } from "@mio/blob";
import type { Bus, Handler } from "@mio/bus";
import {
  type AccountAccess,
  type AttachmentFetcher,
  createLocalVault,
  createRegistry,
} from "@mio/channel-kit";
import { channels } from "@mio/channels";
import type { Message } from "@mio/proto";
import { type AppContext, createBackoff, systemClock } from "@mio/service-kit";
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
  readonly context: AppContext;
}

/** Puts together what handles one inbound message. */
export function createHandler(config: MediaVaultConfig, { bus, blobs, context }: HandlerParts): Handler {
  const places = createPlaces(config.MIO_DOWNLOAD_CONCURRENCY);
  const events = createMediaVaultEvents(
    context.logger,
    defineMediaVaultMetrics(context.metrics, () => places.taken()),
  );
  const keepAttachment = createKeepAttachment({
    fetcherOf: openFetchers(config),
    accessOf: toAccountAccess,
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

/** NOTE: channels fetch with the credentials of their settings; what they know of the account is its id. */
function toAccountAccess({ accountId }: Message): AccountAccess {
  return { accountId, externalId: "", attributes: {}, vault: createLocalVault() };
}

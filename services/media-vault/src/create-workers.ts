import { tmpdir } from "node:os";
import type { BlobStore } from "@mio/blob";
import { type Bus, type ConsumerDeclaration, consume, consumers } from "@mio/bus";
import { createRegistry, type OpenChannel } from "@mio/channel-kit";
import { channels } from "@mio/channels";
import { createBackoff, systemClock } from "@mio/pacing";
import type { AppContext, Worker } from "@mio/service-kit";
import type { AccessOf } from "./account-access.ts";
import { createDownloadSlots, type DownloadSlots } from "./attachments/download-slots.ts";
import { createKeepAttachment, type KeepAttachment } from "./attachments/keep-attachment.ts";
import type { MediaVaultConfig } from "./config.ts";
import { createAlreadyEnriched } from "./enriched/already-enriched.ts";
import { createEnrichMessage } from "./enriched/enrich-message.ts";
import { createPublishEnriched } from "./enriched/publish-enriched.ts";
import { createMediaVaultEvents } from "./events.ts";
import { createInboundOrder } from "./inbound/inbound-order.ts";
import { createReadInbound } from "./inbound/read-inbound.ts";
import { defineMediaVaultMetrics } from "./media-vault-metrics.ts";
import { createNames, type Names } from "./names/names.ts";
import { createPersist } from "./persist.ts";
import { createAttachmentQueue } from "./queue/attachment-queue.ts";
import { createReadQueue } from "./queue/read-queue.ts";

const clock = systemClock;
const fetchBackoff = createBackoff({ baseMs: 1_000, maxMs: 15_000 });
const busBackoff = createBackoff({ baseMs: 250, maxMs: 5_000 });

export interface WorkerParts {
  readonly bus: Bus;
  readonly blobs: BlobStore;
  readonly accessOf: AccessOf;
  readonly context: AppContext;
}

/** The workers, and resources to dispose after them. */
export interface Workers extends Disposable {
  readonly workers: readonly Worker[];
}

/** The two readers of the vault: one of `MESSAGES_INBOUND`, which never waits for a download, and one of the queue. */
export function createWorkers(config: MediaVaultConfig, parts: WorkerParts): Workers {
  const { bus, context, accessOf } = parts;
  const { publisher } = bus;
  const slots = createSlots(config.MIO_DOWNLOAD_CONCURRENCY);
  const events = createMediaVaultEvents(context.logger, defineMediaVaultMetrics(context.metrics, slots));
  const persist = createPersist({ clock, backoff: busBackoff });
  const alreadyEnriched = createAlreadyEnriched(bus, clock);
  const publishEnriched = createPublishEnriched({ publisher, alreadyEnriched, persist, events });
  const queue = createAttachmentQueue(bus);
  const channelOf = openChannels(config);
  const names: Names = createNames({ peopleOf: (type) => channelOf(type)?.people, accessOf, clock, events });
  const shared = { queue, publisher, publishEnriched, persist, names, events, clock };
  // The rest of the grace is for returning unfinished messages.
  const drainGraceMs = (config.MIO_GRACEFUL_SHUTDOWN_SECS * 1000 * 2) / 3;
  const keepAttachment = createKeeper(config, { ...parts, slots, channelOf });
  const readQueue = createReadQueue({
    bus,
    durable: config.MIO_DURABLE_NAME,
    handler: createEnrichMessage({ ...shared, keepAttachment }),
    reading: { drainGraceMs, metrics: context.metrics },
    clock,
    logger: context.logger,
  });
  const consumer: ConsumerDeclaration = { ...consumers.mediaVault, durable: config.MIO_DURABLE_NAME };
  const order = createInboundOrder(bus, { consumer, persist, onGap: alreadyEnriched.forget });
  const readInbound = consume({
    bus,
    consumer,
    handler: createReadInbound({ ...shared, order, onQueued: readQueue.open }),
    maxInFlight: config.MIO_VAULT_MAX_IN_FLIGHT,
    orderBy: order.laneOf,
    drainGraceMs,
    ...context,
  });
  return { workers: [readInbound, readQueue.worker], [Symbol.dispose]: () => names[Symbol.dispose]() };
}

/** Half of the slots always stay available to other accounts and hosts. */
function createSlots(total: number): DownloadSlots {
  const half = Math.ceil(total / 2);
  return createDownloadSlots({ total, perAccount: half, perHost: half });
}

type ChannelOf = (channelType: string) => OpenChannel | undefined;

interface KeeperParts extends WorkerParts {
  readonly slots: DownloadSlots;
  readonly channelOf: ChannelOf;
}

function createKeeper(
  config: MediaVaultConfig,
  { blobs, accessOf, slots, channelOf }: KeeperParts,
): KeepAttachment {
  return createKeepAttachment({
    fetcherOf: (type) => channelOf(type)?.attachments,
    accessOf,
    blobs,
    slots,
    prefix: config.MIO_STORAGE_PREFIX,
    spoolDirectory: config.MIO_SPOOL_DIR ?? tmpdir(),
    maxBytes: config.MIO_DOWNLOAD_MAX_BYTES,
    timeoutMs: config.MIO_DOWNLOAD_TIMEOUT_SECONDS * 1000,
    budgetMs: config.MIO_DOWNLOAD_BUDGET_SECONDS * 1000,
    backoff: fetchBackoff,
    clock,
  });
}

function openChannels(config: MediaVaultConfig): ChannelOf {
  const registry = createRegistry(channels);
  const open = new Map(registry.channels.map((channel) => [channel.channelType, channel.open(config)]));
  return (type) => {
    const channel = registry.byType(type);
    return channel && open.get(channel.channelType);
  };
}

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type BlobStat, openBlobStore } from "@mio/blob";
import { type Bus, ensureStreams, openBus, type Publication, streams } from "@mio/bus";
import { decodeMessage, encodeMessage, inboundDedupId, inboundSubject } from "@mio/envelope";
import type { Message } from "@mio/proto";
import { type App, createLogger, createMetrics, loadConfig, startApp } from "@mio/service-kit";
import { aMessage, captureLogs, eventually, type MessageFields, privateNats, testNats } from "@mio/testkit";
import { expect } from "vitest";
import { createApp, type MediaVaultConfig, mediaVaultConfig } from "../src/index.ts";
import { type FileServer, startFileServer } from "./file-server.ts";

export interface VaultOptions {
  /** NATS keeps its streams across a kill. */
  readonly durable?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** Runs before the vault starts, once the streams exist. */
  readonly prepare?: (bus: Bus) => Promise<void>;
}

/** A media vault on a separate server, with a file server as the platform and access to both streams. */
export async function openVault({ durable = false, env = {}, prepare }: VaultOptions = {}) {
  await using opening = new AsyncDisposableStack();
  const nats = opening.use(durable ? await privateNats() : await testNats());
  const files = opening.use(await startFileServer());
  const directory = await mkdtemp(join(tmpdir(), "mio-vault-"));
  opening.defer(() => rm(directory, { recursive: true, force: true }));
  const blobUrl = pathToFileURL(directory).href;
  const bus = opening.use(await openBus({ servers: nats.url, name: "mio-test" }));
  await ensureStreams(bus, { replicas: 1, storage: nats.storage });
  await prepare?.(bus);
  const settings = {
    MIO_NATS_URLS: nats.url,
    MIO_NATS_STORAGE: nats.storage,
    MIO_BLOB_URL: blobUrl,
    MIO_GRACEFUL_SHUTDOWN_SECS: "1",
    CLIQ_API_BASE_URL: files.url,
    ...env,
  };
  const config = loadConfig(mediaVaultConfig, settings);
  const start = () => startVault(config);
  let running = await start();
  opening.defer(async () => void (await running.stop()));
  const opened = opening.move();
  return {
    nats,
    bus,
    files,
    settings,
    /** Starts another vault on the same streams; the caller stops it. */
    startAnother: start,
    logs: () => running.logs,
    metrics: () => running.metrics.text(),
    publish: (fields: MessageFields, headers: Headers = []) => publishInbound(bus, aMessage(fields), headers),
    enriched: () => readEnriched(bus),
    stored: () => listStored(blobUrl),
    ready: () => running.ready(),
    stop: () => running.stop(),
    restart: async () => {
      await running.stop();
      running = await start();
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

async function startVault(config: MediaVaultConfig) {
  const logs = captureLogs();
  const metrics = createMetrics({ processMetrics: false });
  const context = {
    metrics,
    logger: createLogger({ service: "media-vault", level: "info", destination: logs.destination }),
  };
  const app: App = await createApp(config, context);
  const running = await startApp(app, context, { graceMs: config.MIO_GRACEFUL_SHUTDOWN_SECS * 1000 });
  return { logs, metrics, ready: () => running.ready(), stop: () => running.stop() };
}

type Headers = NonNullable<Publication["headers"]>;

async function publishInbound(bus: Bus, message: Message, headers: Headers): Promise<Message> {
  await bus.publisher.publish({
    subject: inboundSubject(message),
    dedupId: inboundDedupId(message.accountId, message.sourceMessageId),
    payload: encodeMessage(message),
    headers,
  });
  return message;
}

/** Reads all messages of the enriched stream, oldest first. */
async function readEnriched(bus: Bus): Promise<Message[]> {
  const { name } = streams.enriched;
  const { state } = await bus.jsm.streams.info(name);
  const messages: Message[] = [];
  for (let seq = state.first_seq || 1; seq <= state.last_seq; seq += 1) {
    const stored = await bus.jsm.streams.getMessage(name, { seq });
    if (stored !== null) messages.push(decodeMessage(stored.data));
  }
  return messages;
}

async function listStored(blobUrl: string): Promise<BlobStat[]> {
  await using blobs = await openBlobStore(blobUrl);
  const stored: BlobStat[] = [];
  for await (const stat of blobs.list("")) stored.push(stat);
  return stored;
}

export type Vault = Awaited<ReturnType<typeof openVault>>;

/** Waits until the stream has exactly these messages, in this order. */
export async function expectEnriched(vault: Vault, ids: readonly string[]): Promise<Message[]> {
  return await eventually(
    async () => {
      const messages = await vault.enriched();
      expect(messages.map((message) => message.id)).toEqual(ids);
      return messages;
    },
    { timeoutMs: 20_000 },
  );
}

/** Waits for a request at the file server, so that a download is in progress. */
export async function expectRequested(files: FileServer, path: string): Promise<void> {
  await eventually(() => files.requests(path) > 0);
}

import { timestampDate } from "@bufbuild/protobuf/wkt";
import { type BlobStore, noteHolder, unlessAborted } from "@mio/blob";
import type { AttachmentFetcher } from "@mio/channel-kit";
import type { Backoff, Clock } from "@mio/pacing";
import type { Attachment, Message } from "@mio/proto";
import type { AccessOf } from "../account-access.ts";
import {
  type AttachmentFailure,
  noFetcher,
  storeTimeout,
  toAttachmentFailure,
  tooLarge,
} from "./attachment-failure.ts";
import type { DownloadSlots } from "./download-slots.ts";
import { objectKey } from "./object-key.ts";
import { objectMetadata } from "./object-metadata.ts";
import { type SpooledBody, spoolBody } from "./spool-body.ts";

export interface KeepAttachmentOptions {
  readonly fetcherOf: (channelType: string) => AttachmentFetcher | undefined;
  readonly accessOf: AccessOf;
  readonly blobs: Pick<BlobStore, "put" | "stat" | "uri">;
  readonly slots: DownloadSlots;
  /** Key prefix with a trailing slash. */
  readonly prefix: string;
  readonly spoolDirectory: string;
  readonly maxBytes: number;
  /** Time limit of one download attempt, and of one storage attempt. */
  readonly timeoutMs: number;
  /** Counted from the start of the first attempt; no attempt begins after it. */
  readonly budgetMs: number;
  readonly backoff: Backoff;
  readonly clock: Clock;
}

export interface AttachmentTask {
  readonly attachment: Attachment;
  /** Position in the message, 0-based. */
  readonly index: number;
  readonly message: Message;
}

export interface Kept {
  readonly kind: "kept";
  readonly storageKey: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly mime: string;
  readonly filename: string;
  /** False if the store already had the object. */
  readonly isNew: boolean;
  readonly storeMs: number;
}

/** The outcome of an attachment after `attempts` attempts. */
export type Keeping = (Kept | ({ readonly kind: "missing" } & AttachmentFailure)) & {
  readonly attempts: number;
};

/**
 * Downloads and stores one attachment, and retries transient failures within the budget. Rejects only when the signal
 * aborts: a failed download is an outcome.
 */
export type KeepAttachment = (task: AttachmentTask, signal: AbortSignal) => Promise<Keeping>;

export function createKeepAttachment(options: KeepAttachmentOptions): KeepAttachment {
  const { clock, backoff, budgetMs } = options;
  return async (task, signal) => {
    const fetcher = options.fetcherOf(task.message.channelType);
    if (fetcher === undefined) return { kind: "missing", ...noFetcher, attempts: 0 };
    const attempt: Try = { ...options, ...task, fetcher, signal };
    const budget = { startedAt: undefined as number | undefined };
    for (let attempts = 1; ; attempts += 1) {
      const result = await tryOnce(attempt, budget);
      if (result.kind === "kept") return { ...result, attempts };
      const delayMs = backoff.delayMs(attempts);
      const spentMs = clock.now().getTime() + delayMs - (budget.startedAt ?? 0);
      if (!result.isTransient || spentMs >= budgetMs) return { ...result, attempts };
      await clock.sleep(delayMs, signal);
    }
  };
}

interface Try extends KeepAttachmentOptions, AttachmentTask {
  readonly fetcher: AttachmentFetcher;
  readonly signal: AbortSignal;
}

/** Time spent waiting for the first slot is not counted, and no slot is held between attempts. */
async function tryOnce(
  attempt: Try,
  budget: { startedAt: number | undefined },
): Promise<Kept | ({ readonly kind: "missing" } & AttachmentFailure)> {
  const { attachment, message, slots, clock, signal } = attempt;
  const host = URL.parse(attachment.url)?.host ?? "";
  try {
    using _slot = await slots.acquire({ accountId: message.accountId, host }, signal);
    budget.startedAt ??= clock.now().getTime();
    return await fetchAndStore(attempt);
  } catch (error) {
    signal.throwIfAborted();
    return { kind: "missing", ...toAttachmentFailure(error) };
  }
}

/** The deadlines cover disk, database and platform. Work that hangs past them cleans up when it resumes. */
async function fetchAndStore(attempt: Try): Promise<Kept> {
  const { timeoutMs, signal } = attempt;
  const fetching = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const { body, ...named } = await unlessAborted(fetchBody(attempt, fetching), fetching);
  const storeLimit = AbortSignal.timeout(timeoutMs);
  const storing = AbortSignal.any([signal, storeLimit]);
  try {
    return await unlessAborted(store(body, named, { ...attempt, signal: storing }), storing);
  } catch (error) {
    throw error === storeLimit.reason ? storeTimeout() : error;
  } finally {
    // Not awaited: closing waits for a hanging read of a disk.
    void discard(body);
  }
}

async function discard(body: SpooledBody): Promise<void> {
  try {
    await body[Symbol.asyncDispose]();
  } catch {
    // The file has no name, so it is freed with its handle; the attachment is stored or will be retried.
  }
}

/** What the platform reports about a file with its content. */
interface Named {
  readonly mime: string;
  readonly filename: string;
}

async function fetchBody(attempt: Try, signal: AbortSignal): Promise<Named & { readonly body: SpooledBody }> {
  const { fetcher, attachment } = attempt;
  const access = await attempt.accessOf(attempt.message);
  const fetched = await fetcher.fetch(attachment, access, signal);
  const body = await spool(fetched, attempt, signal);
  // The caller no longer waits for it.
  if (signal.aborted) await body[Symbol.asyncDispose]();
  signal.throwIfAborted();
  const filename = attachment.filename || (fetched.filename ?? "");
  return { body, mime: fetched.contentType ?? attachment.mime, filename };
}

async function spool(
  { body, contentLength = 0 }: Awaited<ReturnType<AttachmentFetcher["fetch"]>>,
  { maxBytes, spoolDirectory }: Try,
  signal: AbortSignal,
): Promise<SpooledBody> {
  // A body that is announced as too long is aborted at its first byte, which also frees its connection.
  const limitBytes = contentLength > maxBytes ? -1 : maxBytes;
  const spooled = await spoolBody(body, { directory: spoolDirectory, maxBytes: limitBytes, signal });
  if (spooled === undefined) throw tooLarge();
  return spooled;
}

async function store(body: SpooledBody, { mime, filename }: Named, attempt: Try): Promise<Kept> {
  const { message, index, prefix, clock, blobs, signal } = attempt;
  const { sha256, bytes } = body;
  const receivedAt = message.receivedAt === undefined ? clock.now() : timestampDate(message.receivedAt);
  const key = objectKey({
    prefix,
    channelType: message.channelType,
    receivedAt,
    sha256,
    contentType: mime,
    filename,
  });
  const storageKey = blobs.uri(key);
  const startedAt = performance.now();
  const { kind } = await blobs.put(key, body.read(), {
    contentType: mime || "application/octet-stream",
    metadata: objectMetadata({ key, uri: storageKey, sha256, bytes, mime, filename, index }, message),
    ifAbsent: true,
    signal,
  });
  if (kind === "exists") await noteTenant(key, attempt);
  const storeMs = performance.now() - startedAt;
  return { kind: "kept", storageKey, sha256, bytes, mime, filename, isNew: kind === "stored", storeMs };
}

/** Another tenant's message may have stored the object; records that this tenant may send it too. */
async function noteTenant(key: string, { blobs, prefix, message, signal }: Try): Promise<void> {
  const stat = await blobs.stat(key, { signal });
  if (stat === undefined) return;
  await noteHolder(blobs, { stat, prefix, tenantId: message.tenantId.toLowerCase() }, { signal });
}

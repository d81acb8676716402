import { type BlobStat, type BlobStore, isHeldBy } from "@mio/blob";
import { DeliveryError, type KeptFile } from "@mio/channel-kit";
import { toMioError } from "@mio/failure";
import { type Timers, timedOut, withDeadline } from "@mio/pacing";
import type { Attachment, SendCommand } from "@mio/proto";

/** The files of one platform call; disposing closes those that were not read completely. */
export interface KeptFiles extends Disposable {
  /** @throws DeliveryError `permanent`/`invalid` for a file that this tenant does not have, `transient` for a store that is unavailable. */
  open(attachment: Attachment): Promise<KeptFile>;
}

/** The signal of the platform call also ends reading. */
export type OpenKeptFiles = (command: SendCommand, signal: AbortSignal) => KeptFiles;

export interface KeptFilesOptions {
  /** Undefined for a pool without a store, which refuses commands with files. */
  readonly blobs: Pick<BlobStore, "keyOf" | "stat" | "open"> | undefined;
  /** Prefix of the keys of attachments, with a slash at the end; the pool sends no other object. */
  readonly prefix: string;
  readonly maxBytes: number;
  readonly clock: Timers;
}

/** For the first bytes from the store. Nothing is posted yet, so it is shorter than the deadline of the call. */
const openTimeoutMs = 10_000;

/** Opens attachments of the media vault, only for the tenant of the command. */
export function createKeptFiles(options: KeptFilesOptions): OpenKeptFiles {
  const { blobs, clock } = options;
  return ({ tenantId }, signal) => {
    const reading: AsyncIterator<Uint8Array>[] = [];
    return {
      async open({ storageKey }) {
        if (blobs === undefined) throw invalid("This pool can send no files: set MIO_BLOB_URL.");
        const key = blobs.keyOf(storageKey);
        if (key === undefined || !key.startsWith(options.prefix)) throw noSuchFile();
        const work = () => openObject({ ...options, blobs, key, tenantId, signal, reading });
        const file = await withDeadline(work, { timeoutMs: openTimeoutMs, clock }).catch((error: unknown) => {
          throw toFailure(error);
        });
        if (file === timedOut) throw away();
        return file;
      },
      [Symbol.dispose]() {
        // A store that hangs must not delay the end of the call.
        for (const body of reading) body.return?.().catch(() => undefined);
      },
    };
  };
}

interface Opening extends KeptFilesOptions {
  readonly blobs: NonNullable<KeptFilesOptions["blobs"]>;
  readonly key: string;
  readonly tenantId: string;
  readonly signal: AbortSignal;
  readonly reading: AsyncIterator<Uint8Array>[];
}

async function openObject({ blobs, key, signal, reading, ...options }: Opening): Promise<KeptFile> {
  const stat = await blobs.stat(key, { signal });
  if (stat === undefined || !(await isAllowed(stat, { blobs, signal, ...options }))) throw noSuchFile();
  if (stat.bytes > options.maxBytes) throw tooLarge(stat.bytes);
  const body = (await blobs.open(key, { signal }))?.[Symbol.asyncIterator]();
  if (body === undefined) throw noSuchFile();
  reading.push(body);
  // Reads the first bytes now, so that a broken store fails the call before anything is posted.
  const first = await body.next();
  return { body: chunks(first, body), bytes: stat.bytes, contentType: stat.contentType };
}

function isAllowed(
  stat: BlobStat,
  { blobs, prefix, tenantId, signal }: Pick<Opening, "blobs" | "prefix" | "tenantId" | "signal">,
): Promise<boolean> {
  return isHeldBy(blobs, { stat, prefix, tenantId: tenantId.toLowerCase() }, { signal });
}

async function* chunks(
  first: IteratorResult<Uint8Array>,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let step = first; step.done !== true; step = await rest.next()) yield step.value;
}

function toFailure(error: unknown): DeliveryError {
  if (error instanceof DeliveryError) return error;
  const cause = toMioError(error);
  return cause.retry === "never" ? invalid("The file cannot be read.", cause) : away(cause);
}

/** The same error for a missing file and for another tenant's, so that it reveals no keys. */
function noSuchFile(): DeliveryError {
  return invalid("Mio keeps no such file for this tenant; copy storage_key from the message it came with.");
}

function invalid(message: string, cause?: unknown): DeliveryError {
  return new DeliveryError({ kind: "permanent", reason: "invalid", message, cause });
}

function tooLarge(bytes: number): DeliveryError {
  const message = "The file is larger than MIO_SENDER_MAX_FILE_BYTES.";
  return new DeliveryError({ kind: "permanent", reason: "too_long", message, details: { bytes } });
}

/** Not a timeout: the breaker counts timeouts of the platform, which was not called yet. */
function away(cause?: unknown): DeliveryError {
  const message = "The object store does not return the file at the moment.";
  return new DeliveryError({ kind: "transient", reason: "network", message, cause });
}

import { createHash, randomUUID } from "node:crypto";
import { type FileHandle, open, unlink } from "node:fs/promises";
import { join } from "node:path";
import { untilAborted } from "@mio/blob";

/** A body on the local disk that can be read repeatedly; disposing frees it. */
export interface SpooledBody extends AsyncDisposable {
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
  read(): AsyncIterable<Uint8Array>;
}

export interface SpoolOptions {
  readonly directory: string;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** Writes a body to disk and hashes it; undefined if it is longer than `maxBytes`. */
export async function spoolBody(
  body: AsyncIterable<Uint8Array>,
  { directory, maxBytes, signal }: SpoolOptions,
): Promise<SpooledBody | undefined> {
  await using opening = new AsyncDisposableStack();
  const file = opening.use(await openNameless(directory));
  const hashed = await hashInto(file, body, { maxBytes, signal });
  if (hashed === undefined) return undefined;
  const opened = opening.move();
  return {
    ...hashed,
    read: () => file.createReadStream({ start: 0, autoClose: false }),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** Writes a body to a file and hashes it; undefined if it is longer than `maxBytes`. */
export async function hashInto(
  file: Pick<FileHandle, "appendFile">,
  body: AsyncIterable<Uint8Array>,
  { maxBytes, signal }: Pick<SpoolOptions, "maxBytes" | "signal">,
): Promise<Pick<SpooledBody, "bytes" | "sha256"> | undefined> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of untilAborted(body, signal)) {
    bytes += chunk.length;
    if (bytes > maxBytes) return undefined;
    hash.update(chunk);
    await file.appendFile(chunk);
  }
  return { bytes, sha256: hash.digest("hex") };
}

/** The file is unlinked while in use, so that a crash leaves nothing behind. */
async function openNameless(directory: string): Promise<FileHandle> {
  const path = join(directory, `mio-spool-${randomUUID()}`);
  const file = await open(path, "wx+", 0o600);
  await unlink(path);
  return file;
}

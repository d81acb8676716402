import { randomUUID } from "node:crypto";
import { type FileHandle, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { BlobStat, PutOptions } from "./blob-store.ts";
import { ifPresent, makeDirectory, onDisk, privateFile, syncDirectory } from "./on-disk.ts";
import { untilAborted } from "./until-aborted.ts";

/** The content of the JSON sidecar. */
type Description = Pick<BlobStat, "contentType" | "metadata">;

/** The folder of unfinished objects, below the objects folder. */
const unfinishedFolder = "new";
/** Older unfinished objects were left by a crash: no put takes this long. */
const abandonedMs = 24 * 3_600_000;
/** Maximum number of entries that one sweep examines. */
const maxSwept = 10_000;

/**
 * Writes a body and its sidecar durably to a new place below `folder`. Returns the path of the body. On failure or
 * abort it leaves neither.
 */
export async function writeFileObject(
  folder: string,
  body: AsyncIterable<Uint8Array> | Uint8Array,
  options: PutOptions,
): Promise<string> {
  const id = randomUUID();
  const unfinished = join(folder, unfinishedFolder, id);
  const path = join(folder, id.slice(0, 2), id);
  const description: Description = { contentType: options.contentType, metadata: options.metadata };
  await makeDirectory(dirname(unfinished));
  await makeDirectory(dirname(path));
  try {
    await writeNewFile(unfinished, body, options.signal);
    await writeNewFile(sidecarOf(unfinished), Buffer.from(JSON.stringify(description)), options.signal);
    options.signal?.throwIfAborted();
    await onDisk(rename(sidecarOf(unfinished), sidecarOf(path)));
    await onDisk(rename(unfinished, path));
    await syncDirectory(dirname(path));
    return path;
  } catch (error) {
    await removeFileObject(unfinished);
    await removeFileObject(path);
    throw error;
  }
}

/** Removes unfinished objects that crashed processes left, up to a maximum per call. */
export async function sweepUnfinished(folder: string): Promise<void> {
  const unfinished = join(folder, unfinishedFolder);
  const names = (await ifPresent(readdir(unfinished))) ?? [];
  for (const name of names.slice(0, maxSwept)) {
    const path = join(unfinished, name);
    const file = await ifPresent(stat(path));
    if (file !== undefined && Date.now() - file.mtimeMs > abandonedMs) {
      await onDisk(rm(path, { force: true }));
    }
  }
}

/** Undefined if the object was removed. */
export async function statFileObject(path: string): Promise<Omit<BlobStat, "key"> | undefined> {
  const [body, sidecar] = await Promise.all([
    ifPresent(stat(path)),
    ifPresent(readFile(sidecarOf(path), "utf8")),
  ]);
  if (body === undefined || sidecar === undefined) return undefined;
  const { contentType, metadata }: Description = JSON.parse(sidecar);
  return { bytes: body.size, contentType, metadata, storedAt: body.mtime };
}

export async function removeFileObject(path: string): Promise<void> {
  await onDisk(rm(path, { force: true }));
  await onDisk(rm(sidecarOf(path), { force: true }));
}

function sidecarOf(path: string): string {
  return `${path}.json`;
}

async function writeNewFile(
  path: string,
  body: AsyncIterable<Uint8Array> | Uint8Array,
  signal: AbortSignal | undefined,
): Promise<void> {
  await using handle = await onDisk(open(path, "wx", privateFile));
  if (body instanceof Uint8Array) await onDisk(handle.writeFile(body));
  else await writeChunks(handle, signal === undefined ? body : untilAborted(body, signal));
  await onDisk(handle.sync());
}

async function writeChunks(handle: FileHandle, body: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of body) await onDisk(handle.appendFile(chunk));
}

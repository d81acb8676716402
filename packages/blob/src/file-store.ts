import { type FileHandle, open as openFile, readlink, rm, symlink } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { assertBlobKey } from "./blob-key.ts";
import type { BlobStat, BlobStore, PutOptions, PutResult, WaitOptions } from "./blob-store.ts";
import { removeFileObject, statFileObject, sweepUnfinished, writeFileObject } from "./file-object.ts";
import { errorCodeOf, ifPresent, makeDirectory, onDisk, syncDirectory, toUnavailable } from "./on-disk.ts";
import { walkKeys } from "./walk-keys.ts";

/** Folder of bodies and sidecars. No key reaches it, because no segment of a key begins with a dot. */
const objectsFolder = ".objects";

/**
 * Opens a directory as a store.
 *
 * A key is a symbolic link to its object. Creating the link is one atomic step that fails if the name exists. So it
 * alone decides which put is stored, and body and sidecar appear together. A crash leaves an unfinished object
 * without a link; it is removed when the store is opened at least a day later.
 */
export async function openFileStore(directory: URL): Promise<BlobStore> {
  const root = resolve(fileURLToPath(directory));
  await makeDirectory(join(root, objectsFolder));
  await sweepUnfinished(join(root, objectsFolder));
  return {
    put: (key, body, options) => put({ root, key }, body, options),
    stat: (key, options) => statKey({ root, key }, options),
    open: (key, options) => open({ root, key }, options),
    remove: (key, options) => remove({ root, key }, options),
    list: (prefix, options) => list(root, prefix, options),
    uri: (key) => uriOf({ root, key }),
    keyOf: (uri) => keyOf(root, uri),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

interface Place {
  readonly root: string;
  readonly key: string;
}

function linkOf({ root, key }: Place): string {
  assertBlobKey(key);
  return join(root, key);
}

function uriOf(place: Place): string {
  return pathToFileURL(linkOf(place)).href;
}

/** Accepts only the spelling that `uri` returns; another spelling could reach another file. */
function keyOf(root: string, uri: string): string | undefined {
  try {
    const key = relative(root, fileURLToPath(uri));
    return uriOf({ root, key }) === uri ? key : undefined;
  } catch {
    return undefined;
  }
}

/** The path of the object that the key links to. */
async function objectOf(place: Place): Promise<string | undefined> {
  const link = linkOf(place);
  const target = await ifPresent(readlink(link));
  return target === undefined ? undefined : resolve(dirname(link), target);
}

async function put(
  place: Place,
  body: AsyncIterable<Uint8Array> | Uint8Array,
  options: PutOptions,
): Promise<PutResult> {
  const link = linkOf(place);
  options.signal?.throwIfAborted();
  if ((await objectOf(place)) !== undefined) return { kind: "exists" };
  await makeDirectory(dirname(link));
  const object = await writeFileObject(join(place.root, objectsFolder), body, options);
  try {
    await symlink(relative(dirname(link), object), link);
  } catch (cause) {
    await removeFileObject(object);
    if (errorCodeOf(cause) === "EEXIST") return { kind: "exists" };
    throw toUnavailable(cause);
  }
  await syncDirectory(dirname(link));
  return { kind: "stored" };
}

async function statKey(place: Place, options?: WaitOptions): Promise<BlobStat | undefined> {
  options?.signal?.throwIfAborted();
  const object = await objectOf(place);
  const stat = object === undefined ? undefined : await statFileObject(object);
  return stat === undefined ? undefined : { key: place.key, ...stat };
}

async function open(place: Place, options?: WaitOptions): Promise<AsyncIterable<Uint8Array> | undefined> {
  options?.signal?.throwIfAborted();
  const object = await objectOf(place);
  const handle = object === undefined ? undefined : await ifPresent(openFile(object, "r"));
  return handle === undefined ? undefined : bytesOf(handle, options?.signal);
}

async function* bytesOf(
  handle: FileHandle,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* handle.createReadStream(signal === undefined ? {} : { signal });
  } catch (cause) {
    signal?.throwIfAborted();
    throw toUnavailable(cause);
  }
}

async function remove(place: Place, options?: WaitOptions): Promise<void> {
  options?.signal?.throwIfAborted();
  const object = await objectOf(place);
  if (object === undefined) return;
  await onDisk(rm(linkOf(place), { force: true }));
  await removeFileObject(object);
}

async function* list(
  root: string,
  prefix: string,
  options?: WaitOptions,
): AsyncGenerator<BlobStat, void, undefined> {
  for await (const key of walkKeys(root, prefix)) {
    const stat = await statKey({ root, key }, options);
    if (stat !== undefined) yield stat;
  }
}

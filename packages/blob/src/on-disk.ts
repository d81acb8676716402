import { mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { MioError } from "@mio/failure";

/** Only the store's own user can read its files: attachments are private. */
export const privateFile = 0o600;
const privateDirectory = 0o700;

/** Awaits a disk operation and wraps its error in a MioError. */
export async function onDisk<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw toUnavailable(cause);
  }
}

export function toUnavailable(cause: unknown): MioError {
  return new MioError("blob.unavailable", "The blob directory could not be read or written.", {
    retry: "soon",
    details: { reason: errorCodeOf(cause) ?? "unknown" },
    cause,
  });
}

/** Like {@link onDisk}, but returns undefined if the path does not exist. */
export async function ifPresent<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (cause) {
    if (["ENOENT", "ENOTDIR"].includes(errorCodeOf(cause) ?? "")) return undefined;
    throw toUnavailable(cause);
  }
}

export function errorCodeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** Creates a directory with its parents, durably. */
export async function makeDirectory(path: string): Promise<void> {
  const firstMade = await onDisk(mkdir(path, { recursive: true, mode: privateDirectory }));
  if (firstMade === undefined) return;
  for (let made = path; made.length >= firstMade.length; made = dirname(made)) {
    await syncDirectory(dirname(made));
  }
}

/** Makes the entries of a directory durable. */
export async function syncDirectory(path: string): Promise<void> {
  await using handle = await onDisk(open(path, "r"));
  await onDisk(handle.sync());
}

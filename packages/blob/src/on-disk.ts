import { mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { MioError } from "@mio/failure";

/** What the store makes is for its own user alone: attachments are private. */
export const privateFile = 0o600;
const privateDirectory = 0o700;

/** Awaits work on the disk and gives its failure a code. */
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

/** Like {@link onDisk}, but undefined when nothing is at the path. */
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

/** Makes a directory with its parents, durably. */
export async function makeDirectory(path: string): Promise<void> {
  const firstMade = await onDisk(mkdir(path, { recursive: true, mode: privateDirectory }));
  if (firstMade === undefined) return;
  for (let made = path; made.length >= firstMade.length; made = dirname(made))
    await syncDirectory(dirname(made));
}

/** Makes the names in a directory survive a power failure. */
export async function syncDirectory(path: string): Promise<void> {
  await using handle = await onDisk(open(path, "r"));
  await onDisk(handle.sync());
}

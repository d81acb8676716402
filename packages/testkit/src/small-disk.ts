import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, open, rm, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A file system of a few megabytes. Disposing unmounts it. */
export interface SmallDisk extends AsyncDisposable {
  readonly dir: string;
  /** Writes until no byte is free. */
  fill(): Promise<void>;
  /** Removes the file of {@link fill}. */
  free(): Promise<void>;
}

export type SmallDiskOutcome =
  | { readonly kind: "mounted"; readonly disk: SmallDisk }
  /** Only root may mount, and in some containers not even root. */
  | { readonly kind: "refused"; readonly why: string };

/** Mounts a small tmpfs in a temporary folder. */
export async function smallDisk(megabytes: number): Promise<SmallDiskOutcome> {
  const dir = await mkdtemp(join(tmpdir(), "mio-disk-"));
  try {
    await run("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "mio-test", dir]);
  } catch (error) {
    await rmdir(dir);
    const reason = error instanceof Error ? error.message : String(error);
    return { kind: "refused", why: `a tmpfs cannot be mounted here: ${reason.trim()}` };
  }
  const filler = join(dir, "filler");
  const disk: SmallDisk = {
    dir,
    fill: () => writeUntilFull(filler),
    free: () => rm(filler, { force: true }),
    [Symbol.asyncDispose]: async () => {
      // Lazily, because a process that has just ended may still have a file open.
      await run("umount", ["--lazy", dir]);
      await rmdir(dir);
    },
  };
  return { kind: "mounted", disk };
}

/** Writes smaller and smaller pieces, until not even one page is free. */
async function writeUntilFull(path: string): Promise<void> {
  await using file = await open(path, "a");
  for (let size = 1 << 20; size >= 512; ) {
    const isFull = await file.write(randomBytes(size)).then(
      ({ bytesWritten }) => bytesWritten < size,
      () => true,
    );
    if (isFull) size /= 2;
  }
}

import { mkdir, mkdtemp, rmdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { CliError, exitCodes } from "../cli-error.ts";

const reasons: Readonly<Record<string, string>> = {
  EEXIST: "it is no folder",
  ENOTDIR: "it is in no folder",
  ENOENT: "no folder can be made there",
  EACCES: "you may not write there",
  EPERM: "you may not write there",
  EROFS: "the disk is read-only",
  ENOSPC: "the disk is full",
};

/**
 * Makes sure that state can be kept in a folder.
 *
 * @throws CliError that says why it cannot
 */
export async function prepareFolder(dir: string): Promise<void> {
  try {
    await makeFolder(dir);
    // Permissions do not tell: in /proc root may write, and no folder can be made all the same.
    await rmdir(await mkdtemp(join(dir, ".writable-")));
  } catch (cause) {
    const code = codeOf(cause);
    throw new CliError(`state cannot be kept in ${dir}: ${reasons[code] ?? code}`, {
      exitCode: exitCodes.environment,
      next: "name a folder of your own with --data DIR, or keep nothing with --memory",
      cause,
    });
  }
}

/** Not by `mkdir` with `recursive`, which tries for ever where a folder exists and takes none, as /proc does. */
async function makeFolder(dir: string): Promise<void> {
  const found = await stat(dir).catch((error: unknown) => {
    if (codeOf(error) !== "ENOENT") throw error;
    return undefined;
  });
  if (found?.isDirectory()) return;
  if (found === undefined) await makeFolder(dirname(dir));
  await mkdir(dir);
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown";
}

import { mkdir, mkdtemp, rmdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { CliError, exitCodes } from "../cli-error.ts";

const reasons: Readonly<Record<string, string>> = {
  EEXIST: "it is not a folder",
  ENOTDIR: "its parent is not a folder",
  ENOENT: "no folder can be created there",
  EACCES: "you may not write there",
  EPERM: "you may not write there",
  EROFS: "the disk is read-only",
  ENOSPC: "the disk is full",
};

/**
 * Creates a folder for state and checks that it is writable.
 *
 * @throws CliError with the reason if it is not
 */
export async function prepareFolder(dir: string): Promise<void> {
  try {
    await makeFolder(dir);
    // Permissions are not enough: in /proc root has write permission but cannot create a folder.
    await rmdir(await mkdtemp(join(dir, ".writable-")));
  } catch (cause) {
    const code = codeOf(cause);
    throw new CliError(`state cannot be kept in ${dir}: ${reasons[code] ?? code}`, {
      exitCode: exitCodes.environment,
      next: "name a folder that you own with --data DIR, or keep no state with --memory",
      cause,
    });
  }
}

/** Not `mkdir` with `recursive`: it loops forever in an existing folder that rejects new ones, such as /proc. */
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

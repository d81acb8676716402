import { constants } from "node:fs";
import { access, mkdir } from "node:fs/promises";
import { CliError, exitCodes } from "../cli-error.ts";

const reasons: Readonly<Record<string, string>> = {
  EEXIST: "it is no folder",
  ENOTDIR: "it is in no folder",
  EACCES: "you may not write there",
  EPERM: "you may not write there",
  EROFS: "the disk is read-only",
};

/**
 * Makes sure that state can be kept in a folder.
 *
 * @throws CliError that says why it cannot
 */
export async function prepareFolder(dir: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true });
    await access(dir, constants.W_OK | constants.X_OK);
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown";
    throw new CliError(`state cannot be kept in ${dir}: ${reasons[code] ?? code}`, {
      exitCode: exitCodes.environment,
      next: "name a folder of your own with --data DIR, or keep nothing with --memory",
      cause,
    });
  }
}

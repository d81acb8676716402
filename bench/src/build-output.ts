import { execFile } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { MioError } from "@mio/failure";

const repository = fileURLToPath(new URL("../../", import.meta.url));
const compiler = "node_modules/typescript/bin/tsc";

/**
 * Compiles the measured code to JavaScript, as images run it, instead of stripping types from sources.
 *
 * @throws MioError `bench.build_failed`
 */
export async function buildOutput(projects: readonly string[], signal: AbortSignal): Promise<void> {
  const args = [compiler, "-b", ...projects];
  await promisify(execFile)(process.execPath, args, { cwd: repository, signal }).catch((error: unknown) => {
    throw buildFailed(error);
  });
}

function buildFailed(cause: unknown): MioError {
  return new MioError("bench.build_failed", "The sources do not compile; run ./mio check --only types.", {
    cause,
  });
}

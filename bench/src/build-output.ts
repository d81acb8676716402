import { execFile } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { MioError } from "@mio/failure";
import { buildServices, type ServiceName } from "@mio/tools";

const repository = fileURLToPath(new URL("../../", import.meta.url));
const servicesFolder = join(repository, "dist/services");
const compiler = "node_modules/typescript/bin/tsc";

/**
 * Builds services as they are shipped, and compiles the bench's own processes to JavaScript, so that neither side strips
 * types.
 *
 * @throws MioError `bench.build_failed`
 */
export async function buildOutput(names: readonly ServiceName[], signal: AbortSignal): Promise<void> {
  const compiling = promisify(execFile)(process.execPath, [compiler, "-b", "bench"], {
    cwd: repository,
    signal,
  });
  const building = buildServices({ root: repository, env: {}, signal, folder: servicesFolder, names });
  await Promise.all([compiling, building]).catch((error: unknown) => {
    throw buildFailed(error);
  });
}

function buildFailed(cause: unknown): MioError {
  return new MioError("bench.build_failed", "The sources do not compile; run ./mio check --only types.", {
    cause,
  });
}

/** The file that runs a service that {@link buildOutput} has built. */
export function mainOf(name: ServiceName): string {
  return join(servicesFolder, name, "dist/main.js");
}

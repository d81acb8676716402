import { spawn } from "node:child_process";
import { join } from "node:path";
import { obtainNatsServer } from "@mio/embedded";
import { type ProgramsOptions, toolEnv } from "./run-program.ts";

export interface RunTestsOptions extends ProgramsOptions {
  /** The group to run; default all groups with tests. */
  readonly group?: string;
  /** Arguments for vitest. */
  readonly rest: readonly string[];
  /** Whether vitest may use colours. */
  readonly colors: boolean;
  readonly onProgress: (line: string) => void;
}

/** Runs tests with the toolchain's Node; the last line has the counts. Returns the exit code: 1 also without tests. */
export async function runTests(options: RunTestsOptions): Promise<number> {
  const { root, group, rest } = options;
  const projects = group === undefined ? [] : ["--project", group];
  const color = options.colors ? { NO_COLOR: undefined, FORCE_COLOR: "1" } : {};
  const env = { ...toolEnv(options), ...(await serverEnv(options)), ...color };
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const args = ["--conditions=@mio/source", vitest, "run", ...projects, ...rest];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: root, env, stdio: ["ignore", "inherit", "inherit"] });
    const stop = (): void => void child.kill("SIGTERM");
    options.signal.addEventListener("abort", stop, { once: true });
    child.once("error", reject);
    child.once("close", (code) => {
      options.signal.removeEventListener("abort", stop);
      resolve(code ?? 1);
    });
  });
}

/** Downloads the server once, before timeouts start; unit tests need none. */
async function serverEnv({
  root,
  env,
  group,
  signal,
  onProgress,
}: RunTestsOptions): Promise<NodeJS.ProcessEnv> {
  if (group === "unit") return {};
  const path = await obtainNatsServer({
    toolsDir: join(root, ".tools"),
    env: { ...env },
    signal,
    onProgress,
  });
  return { MIO_NATS_SERVER: path };
}

import { spawn } from "node:child_process";
import { join } from "node:path";
import { obtainNatsServer } from "@mio/embedded";
import { type ProgramsOptions, toolEnv } from "./run-program.ts";

export interface RunTestsOptions extends ProgramsOptions {
  /** One group; without it all groups that have tests. */
  readonly group?: string;
  /** Arguments for vitest. */
  readonly rest: readonly string[];
  /** Whether vitest may colour what it prints. */
  readonly colors: boolean;
  readonly onProgress: (line: string) => void;
}

/** Runs tests with the toolchain's Node; the last line is the tally. Returns the exit code: 1 also for no test. */
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

/** Unit tests need no server; the others find the one that is obtained here once, before the clocks run. */
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

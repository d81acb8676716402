import { spawn } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { obtainNatsServer } from "@mio/embedded";
import { type ProgramsOptions, toolEnv } from "../run-program.ts";
import { type MutationScore, toScore } from "./score.ts";
import { type MutationTarget, toTargets } from "./targets.ts";

export interface RunMutationOptions extends ProgramsOptions {
  /** Packages, folders or files to mutate; without any, the packages that carry a promise. */
  readonly paths: readonly string[];
  readonly onProgress: (line: string) => void;
  readonly onScore: (owner: string, score: MutationScore) => void;
}

/** Mutants of texts and of plain objects mostly change what a person reads. */
const excludedMutations = ["StringLiteral", "ObjectLiteral", "Regex"];

/**
 * Mutates one package after the other and runs its own tests, unit and integration, against each mutant. Takes minutes
 * for a file and hours for everything.
 *
 * @throws Error for a path that is in no package, and when Stryker itself fails
 */
export async function runMutation(options: RunMutationOptions): Promise<void> {
  const { root, env, signal, onProgress, onScore } = options;
  const targets = toTargets(root, options.paths);
  const natsServer = await obtainNatsServer({
    toolsDir: join(root, ".tools"),
    env: { ...env },
    signal,
    onProgress,
  });
  const folder = join(root, ".tools", "mutation");
  await mkdir(folder, { recursive: true });
  for (const target of targets) {
    signal.throwIfAborted();
    onProgress(`mutating ${target.owner}`);
    const report = join(folder, `${target.owner.replaceAll("/", "-")}.json`);
    await rm(report, { force: true });
    const config = join(folder, "stryker.config.json");
    await writeFile(config, JSON.stringify(toStrykerConfig(target, report)));
    await runStryker(config, { ...options, natsServer, owner: target.owner });
    onScore(target.owner, toScore(JSON.parse(await readFile(report, "utf8"))));
  }
}

/** https://stryker-mutator.io/docs/stryker-js/configuration/ */
function toStrykerConfig({ mutate }: MutationTarget, report: string): object {
  return {
    testRunner: "vitest",
    plugins: ["@stryker-mutator/vitest-runner"],
    vitest: { configFile: "vitest.mutation.config.ts", related: false },
    testRunnerNodeArgs: ["--conditions=@mio/source"],
    // Stryker would rewrite tsconfig.json with an API that TypeScript 7 does not have; nothing here needs that.
    tsconfigFile: "none.json",
    mutate,
    mutator: { excludedMutations },
    coverageAnalysis: "perTest",
    concurrency: 2,
    dryRunTimeoutMinutes: 15,
    ignorePatterns: [".tools", "**/dist"],
    reporters: ["progress-append-only", "json"],
    jsonReporter: { fileName: report },
  };
}

interface StrykerRun extends ProgramsOptions {
  readonly natsServer: string;
  readonly owner: string;
}

function runStryker(config: string, { root, env, signal, natsServer, owner }: StrykerRun): Promise<void> {
  const stryker = join(root, "node_modules", "@stryker-mutator", "core", "bin", "stryker.js");
  const child = spawn(process.execPath, [stryker, "run", config], {
    cwd: root,
    env: { ...toolEnv({ root, env }), MIO_NATS_SERVER: natsServer, MIO_MUTATION_OWNER: owner },
    stdio: ["ignore", 2, 2],
  });
  const stop = (): void => void child.kill("SIGTERM");
  signal.addEventListener("abort", stop, { once: true });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  child.once("error", reject);
  child.once("close", (code) => {
    signal.removeEventListener("abort", stop);
    if (code === 0) resolve();
    else reject(new Error(`Stryker ended with exit code ${code}; what it wrote above says why`));
  });
  return promise;
}

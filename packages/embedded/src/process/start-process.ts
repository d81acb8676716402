import { readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { MioError } from "@mio/failure";
import { endWithin } from "./end-within.ts";
import { spawnGuarded } from "./guarded-child.ts";
import { readLogTail } from "./log-tail.ts";

export interface StartProcessOptions {
  /** Path of the module to run: a `.ts` runs from source, a `.js` from compiled output. */
  readonly module: string;
  /** The whole environment of the process; only `PATH` is inherited. */
  readonly env: NodeJS.ProcessEnv;
  /** Returns 2xx once the process is ready. */
  readonly readyUrl?: string;
  /** Printed once the process is ready, for a process without an HTTP server. */
  readonly readyText?: string;
  /** Receives stdout and stderr; truncated at each start. */
  readonly logFile: string;
  /** Default 60,000. */
  readonly startTimeoutMs?: number;
}

/** A Node process of this repository, owned by the caller that started it. Disposing stops it gracefully. */
export interface NodeProcess extends AsyncDisposable {
  /** Changes at every restart. */
  readonly pid: number;
  /** Milliseconds from the last start to readiness. */
  readonly coldStartMs: number;
  /** Exit code of the last run; undefined while it runs and after a signal ended it. */
  readonly exitCode: number | undefined;
  /** Sends SIGKILL and waits until the process has exited. */
  kill(): Promise<void>;
  /** Sends SIGTERM and waits; kills it after twenty seconds. */
  stop(): Promise<void>;
  /** Starts it again after {@link kill} or {@link stop}. */
  start(): Promise<void>;
}

const stopGraceMs = 20_000;

/**
 * Runs a module of this repository as a process and waits until it is ready. It ends with this process, even after
 * SIGKILL.
 *
 * @throws MioError `embedded.process_failed` with the end of its output.
 */
export async function startProcess(options: StartProcessOptions): Promise<NodeProcess> {
  let run = await launch(options);
  const stop = (): Promise<void> => endWithin(run.child, "SIGTERM", stopGraceMs);
  return {
    get pid() {
      return run.child.pid;
    },
    get coldStartMs() {
      return run.coldStartMs;
    },
    get exitCode() {
      return run.child.exitCode();
    },
    async kill() {
      run.child.signal("SIGKILL");
      await run.child.exited;
    },
    stop,
    async start() {
      run = await launch(options);
    },
    [Symbol.asyncDispose]: stop,
  };
}

async function launch(options: StartProcessOptions) {
  const { module, env, logFile, startTimeoutMs = 60_000 } = options;
  const started = performance.now();
  const child = await spawnGuarded({
    command: process.execPath,
    args: module.endsWith(".ts") ? ["--conditions=@mio/source", module] : [module],
    env: { PATH: join(process.execPath, ".."), ...env },
    logFile,
    orphanSignal: "TERM",
  });
  while (performance.now() - started < startTimeoutMs && !child.hasExited()) {
    if (await isReady(options)) return { child, coldStartMs: Math.round(performance.now() - started) };
    await sleep(10);
  }
  await endWithin(child, "SIGTERM", 1_000);
  throw new MioError(
    "embedded.process_failed",
    `${module} did not become ready: ${await readLogTail(logFile)}`,
  );
}

async function isReady({ readyUrl, readyText, logFile }: StartProcessOptions): Promise<boolean> {
  if (readyText !== undefined && !(await readFile(logFile, "utf8")).includes(readyText)) return false;
  return readyUrl === undefined || (await answers(readyUrl));
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    (response) => response.ok,
    () => false,
  );
}

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { MioError } from "@mio/failure";
import { endWithin } from "../process/end-within.ts";
import { freeze } from "../process/freeze.ts";
import { type GuardedChild, spawnGuarded } from "../process/guarded-child.ts";
import { readLogTail } from "../process/log-tail.ts";
import { assertDirFree, removePid, writePid } from "../process/process-lock.ts";
import { type NatsClusterPlace, toNatsConfig } from "./nats-config.ts";
import { type NatsPorts, readPorts, removePortsFiles } from "./ports-file.ts";
import { greetNats } from "./wait-for-nats.ts";

export interface StartNatsOptions {
  /** Path of the program; see `obtainNatsServer`. */
  readonly binary: string;
  /** State folder, kept between runs. Without it a temporary folder is used and removed at the end. */
  readonly dir?: string;
  /** A fixed port. Without it a free one is chosen and kept across restarts. */
  readonly port?: number;
  /** Confirm a write only when it is on disk. Default: true with `dir`, false without. */
  readonly syncAlways?: boolean;
  /** Whether it also answers HTTP on a free port of loopback, for monitoring. Default false. */
  readonly monitored?: boolean;
  /** Default 1 MiB. */
  readonly maxPayloadBytes?: number;
  /** JetStream's limit on disk and in memory, each. Default: far above local needs. */
  readonly maxStoreBytes?: number;
  /** Public nkeys of the users that may connect; read at each start. Default: anyone may. */
  readonly users?: readonly string[];
  /** The server's place in a cluster. startNats resolves before JetStream has a leader there. */
  readonly cluster?: NatsClusterPlace;
  /** How long to wait for the server to answer. Default 10,000. */
  readonly startTimeoutMs?: number;
}

/** A running nats-server, owned by the caller that started it. Disposing stops it and removes a temporary folder. */
export interface NatsServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** The address for monitoring; undefined unless `monitored`. */
  readonly monitorUrl: string | undefined;
  /** Changes at every restart. */
  readonly pid: number;
  /** The folder of its configuration, log and store. */
  readonly dir: string;
  readonly logFile: string;
  /** Resolves when the current process has exited, on request or not, with the signal or exit code. */
  readonly ended: Promise<string>;
  /** Storage type for streams: memory without a `dir`, since nothing survives the server. */
  readonly storage: "file" | "memory";
  /** Sends a signal (default SIGKILL) and waits until the process has exited. */
  kill(signal?: "SIGKILL" | "SIGTERM" | "SIGINT"): Promise<void>;
  /** Freezes the process: connections stay open but get no answer. Resolves once it is frozen. */
  pause(): Promise<void>;
  resume(): void;
  /** Stops it gracefully, and kills it after five seconds. */
  stop(): Promise<void>;
  /** Stops it if it runs, then starts it on the same port and folder; the log is appended to. */
  restart(): Promise<void>;
}

const stopGraceMs = 5_000;

/**
 * Starts a real nats-server with JetStream on 127.0.0.1 and waits until it answers.
 *
 * The server ends with this process, even after SIGKILL.
 *
 * @throws MioError `embedded.nats_failed` with the end of its log; `embedded.dir_in_use`.
 */
export async function startNats(options: StartNatsOptions): Promise<NatsServer> {
  const temporary = options.dir === undefined;
  const dir = resolve(options.dir ?? (await mkdtemp(join(tmpdir(), "mio-nats-"))));
  const cleanUp = async (): Promise<void> => {
    if (temporary) await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const monitorAt = options.monitored === true ? -1 : undefined;
    let run = await launch(dir, { ...options, monitorPort: monitorAt, again: false });
    const { port, monitorPort } = run;
    const stop = (): Promise<void> => end(run, dir);
    return {
      url: `nats://127.0.0.1:${port}`,
      port,
      monitorUrl: monitorPort === undefined ? undefined : `http://127.0.0.1:${monitorPort}`,
      get pid() {
        return run.child.pid;
      },
      dir,
      logFile: logFileIn(dir),
      get ended() {
        return run.child.exited;
      },
      storage: temporary ? "memory" : "file",
      kill: async (signal = "SIGKILL") => {
        run.child.signal(signal);
        await run.child.exited;
      },
      pause: () => freeze(run.child),
      resume: () => void run.child.signal("SIGCONT"),
      stop,
      restart: async () => {
        await stop();
        run = await launch(dir, { ...options, port, monitorPort, again: true });
      },
      [Symbol.asyncDispose]: async () => {
        await stop();
        await cleanUp();
      },
    };
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

function logFileIn(dir: string): string {
  return join(dir, "nats-server.log");
}

interface Run extends NatsPorts {
  readonly child: GuardedChild;
}

interface LaunchOptions extends StartNatsOptions {
  readonly monitorPort: number | undefined;
  readonly again: boolean;
}

async function launch(dir: string, options: LaunchOptions): Promise<Run> {
  const storeDir = join(dir, "store");
  await mkdir(storeDir, { recursive: true });
  const pidFile = join(dir, "nats-server.pid");
  await assertDirFree(pidFile, dir);
  await removePortsFiles(dir);
  const configFile = join(dir, "nats-server.conf");
  const { port = -1, syncAlways = options.dir !== undefined, maxPayloadBytes = 1 << 20 } = options;
  const { monitorPort, maxStoreBytes, users, cluster } = options;
  const config = {
    port,
    monitorPort,
    portsDir: dir,
    storeDir,
    maxPayloadBytes,
    syncAlways,
    maxStoreBytes,
    users,
    cluster,
  };
  await writeFile(configFile, toNatsConfig(config));
  const logFile = logFileIn(dir);
  const child = await spawnGuarded({
    command: options.binary,
    args: ["-c", configFile],
    logFile,
    appendLog: options.again,
    orphanSignal: "TERM",
  });
  await writePid(pidFile, child.pid);
  try {
    const timeoutMs = options.startTimeoutMs ?? 10_000;
    return { child, ...(await waitUntilReady({ child, dir, timeoutMs })) };
  } catch (error) {
    await endWithin(child, "SIGTERM", stopGraceMs);
    throw toStartFailure(await readLogTail(logFile), error);
  }
}

function toStartFailure(tail: string, cause: unknown): MioError {
  return new MioError("embedded.nats_failed", `nats-server did not start: ${tail}`, { retry: "soon", cause });
}

interface Waiting {
  readonly child: GuardedChild;
  readonly dir: string;
  readonly timeoutMs: number;
}

async function waitUntilReady(waiting: Waiting): Promise<NatsPorts> {
  const deadline = Date.now() + waiting.timeoutMs;
  let last: unknown = new Error("no port was announced in time");
  while (Date.now() < deadline && !waiting.child.hasExited()) {
    // Checked for a fixed port too, because another server may answer on it.
    const ports = await readPorts(waiting.dir);
    if (ports !== undefined) {
      const refusal = await greetNats(ports.port, 1_000).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (refusal === undefined && !waiting.child.hasExited()) return ports;
      last = refusal;
    }
    await sleep(5);
  }
  throw last;
}

async function end(run: Run, dir: string): Promise<void> {
  await endWithin(run.child, "SIGTERM", stopGraceMs);
  await removePid(join(dir, "nats-server.pid"));
}

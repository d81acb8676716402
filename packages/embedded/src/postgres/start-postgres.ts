import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { MioError } from "@mio/failure";
import { retry, systemClock } from "@mio/pacing";
import { Client } from "pg";
import { endWithin } from "../process/end-within.ts";
import { findFreePort } from "../process/free-port.ts";
import { type GuardedChild, spawnGuarded } from "../process/guarded-child.ts";
import { readLogTail } from "../process/log-tail.ts";
import { assertDirFree } from "../process/process-lock.ts";
import { chooseClusterDir } from "./cluster-dir.ts";
import { type Cluster, postgresRole, prepareCluster } from "./postgres-cluster.ts";
import { findPostgres } from "./postgres-programs.ts";
import { choosePostgresUser, toReachablePrograms } from "./postgres-user.ts";

export interface PostgresTuning {
  /** False trades safety for speed; for tests only. Default true. */
  readonly fsync?: boolean;
  /** Default 200. */
  readonly maxConnections?: number;
  /** Loads pg_stat_statements, which counts the statements. Default false. */
  readonly countStatements?: boolean;
}

export interface StartPostgresOptions {
  /** State folder, kept between runs. Without it a temporary folder is used and removed at the end. */
  readonly dir?: string;
  /** A fixed port. Without it a free one is chosen and kept across restarts. */
  readonly port?: number;
  /** Read for `MIO_POSTGRES_BIN` and `PATH`. */
  readonly env?: NodeJS.ProcessEnv;
  readonly tuning?: PostgresTuning;
  /** How long to wait for the server to answer. Default 30,000: recovery after a crash takes time. */
  readonly startTimeoutMs?: number;
}

/** A running Postgres, owned by the caller that started it. Disposing stops it and removes a temporary folder. */
export interface PostgresServer extends AsyncDisposable {
  /** Connection string of the database `mio`; it contains the password, so keep it out of logs. */
  readonly dsn: string;
  readonly port: number;
  /** Changes at every restart. */
  readonly pid: number;
  readonly logFile: string;
  /** Resolves when the current process has exited, on request or not, with the signal or exit code. */
  readonly ended: Promise<string>;
  /** Sends a signal (default SIGKILL) and waits until the process has exited. */
  kill(signal?: "SIGKILL" | "SIGQUIT" | "SIGINT"): Promise<void>;
  /** Stops it gracefully (open transactions are rolled back), and kills it after ten seconds. */
  stop(): Promise<void>;
  /** Stops it if it runs, then starts it on the same port and folder; the log is appended to. */
  restart(): Promise<void>;
}

const stopGraceMs = 10_000;

/**
 * Starts a real Postgres on 127.0.0.1 with a random password and waits until it answers.
 *
 * For root it runs as the unprivileged user of the system. The server ends with this process, even after SIGKILL.
 *
 * @throws MioError `embedded.no_postgres`, `embedded.postgres_failed` with the end of its log,
 * `embedded.postgres_version`, `embedded.dir_in_use`.
 */
export async function startPostgres(options: StartPostgresOptions = {}): Promise<PostgresServer> {
  const temporary = options.dir === undefined;
  const home = resolve(options.dir ?? (await mkdtemp(join(tmpdir(), "mio-postgres-"))));
  const cleanUp = async (): Promise<void> => {
    if (temporary) await rm(home, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const cluster = await openCluster(home, options.env ?? {});
    const logFile = join(home, "postgres.log");
    const settings = { cluster, logFile, options };
    const password = await prepareCluster(cluster);
    let run = await launch({ ...settings, password, port: options.port, again: false });
    const { port } = run;
    const stop = (): Promise<void> => endWithin(run.child, "SIGINT", stopGraceMs);
    return {
      dsn: `postgres://${postgresRole}:${password}@127.0.0.1:${port}/${postgresRole}`,
      port,
      get pid() {
        return run.child.pid;
      },
      logFile,
      get ended() {
        return run.child.exited;
      },
      kill: async (signal = "SIGKILL") => {
        run.child.signal(signal);
        await run.child.exited;
      },
      stop,
      restart: async () => {
        await stop();
        run = await launch({ ...settings, password, port, again: true });
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

async function openCluster(home: string, env: NodeJS.ProcessEnv): Promise<Cluster> {
  const user = await choosePostgresUser();
  const programs = await toReachablePrograms(await findPostgres(env), user);
  const dir = await chooseClusterDir(home, user);
  await assertDirFree(join(dir, "postmaster.pid"), dir);
  return { dir, passwordFile: join(home, "postgres-password"), programs, user };
}

interface Launch {
  readonly cluster: Cluster;
  readonly logFile: string;
  readonly options: StartPostgresOptions;
  readonly password: string;
  readonly port: number | undefined;
  /** Whether this owner has run it before. */
  readonly again: boolean;
}

interface Run {
  readonly child: GuardedChild;
  readonly port: number;
}

const maxAttempts = 5;

/**
 * Transient: a free port can be taken before Postgres listens, and children of a killed server take a moment to exit.
 */
const passing =
  /Address already in use|shared memory block .* is still in use|lock file "postmaster.pid" already exists/;

async function launch(settings: Launch): Promise<Run> {
  await assertDirFree(join(settings.cluster.dir, "postmaster.pid"), settings.cluster.dir);
  return await retry(() => launchOnce(settings), {
    clock: systemClock,
    backoff: { delayMs: (failures) => 100 * failures },
    maxAttempts,
    onFailure: (error) => error instanceof MioError && passing.test(error.message),
  });
}

async function launchOnce(settings: Launch): Promise<Run> {
  const port = settings.port ?? (await findFreePort());
  const child = await spawnPostgres(settings, port);
  try {
    await waitUntilReady(child, settings, port);
    return { child, port };
  } catch (error) {
    await endWithin(child, "SIGQUIT", stopGraceMs);
    throw toStartFailure(await readLogTail(settings.logFile), error);
  }
}

function toStartFailure(tail: string, cause: unknown): MioError {
  return new MioError("embedded.postgres_failed", `Postgres did not start: ${tail}`, {
    retry: "soon",
    cause,
  });
}

function spawnPostgres({ cluster, logFile, options, again }: Launch, port: number): Promise<GuardedChild> {
  const { fsync = true, maxConnections = 200, countStatements = false } = options.tuning ?? {};
  const settings: Record<string, string> = {
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: "",
    max_connections: String(maxConnections),
    log_min_messages: "warning",
    ...(countStatements && { shared_preload_libraries: "pg_stat_statements" }),
    ...(fsync ? {} : { fsync: "off", synchronous_commit: "off", full_page_writes: "off" }),
  };
  return spawnGuarded({
    command: cluster.programs.postgres,
    args: [
      "-D",
      cluster.dir,
      ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
    ],
    logFile,
    appendLog: again,
    cwd: "/",
    env: { LC_ALL: "C", TZ: "UTC" },
    uid: cluster.user?.uid,
    gid: cluster.user?.gid,
    orphanSignal: "INT",
  });
}

async function waitUntilReady(
  child: GuardedChild,
  { options, password }: Launch,
  port: number,
): Promise<void> {
  const deadline = Date.now() + (options.startTimeoutMs ?? 30_000);
  let last: unknown = new Error("it did not answer in time");
  while (Date.now() < deadline && !child.hasExited()) {
    try {
      await ensureDatabase(port, password);
      return;
    } catch (error) {
      last = error;
    }
    await sleep(10);
  }
  throw last;
}

async function ensureDatabase(port: number, password: string): Promise<void> {
  const client = new Client({
    host: "127.0.0.1",
    port,
    user: postgresRole,
    password,
    database: "postgres",
    connectionTimeoutMillis: 5_000,
    query_timeout: 20_000,
  });
  // A server that closes the connection during startup is retried.
  client.on("error", () => {});
  try {
    await client.connect();
    const { rowCount } = await client.query("select 1 from pg_database where datname = $1", [postgresRole]);
    if (rowCount === 0) await client.query(`create database ${postgresRole}`);
  } finally {
    await client.end().catch(() => undefined);
  }
}

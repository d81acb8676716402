import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { readLogTail, startNats, startPostgres } from "@mio/embedded";
import { explainStart } from "./disk-space.ts";
import type { KeptServer } from "./keep-server.ts";

/** The storage of the fleet's state. */
export type Storage =
  /** The fleet's servers in this folder; everything survives a restart. */
  | { readonly kind: "dir"; readonly dir: string }
  /** The fleet's servers with streams in memory and everything else in a temporary folder; nothing survives. */
  | { readonly kind: "memory" }
  /** External servers: `MIO_NATS_URLS`, `MIO_POSTGRES_DSN` and `MIO_BLOB_URL`. */
  | { readonly kind: "external" };

/** The servers of a fleet, and the settings to reach them. */
export interface Servers extends AsyncDisposable {
  /** Settings for every service; empty for external servers, whose settings are in the environment. */
  readonly env: Readonly<Record<string, string>>;
  /** A folder for secrets and temporary files. */
  readonly home: string;
  /** The servers that the fleet started; empty for external ones. */
  readonly kept: readonly KeptServer[];
  /** The nats-server among them if it keeps its streams on the disk of `home`. */
  readonly natsOnDisk?: KeptServer;
}

export interface StartServersOptions {
  readonly storage: Storage;
  /** Path of nats-server; not used with external servers. */
  readonly natsBinary: string;
  /** Port of NATS; 0 selects a free one. */
  readonly natsPort: number;
  readonly env: NodeJS.ProcessEnv;
  readonly onProgress: (line: string) => void;
}

/**
 * Starts NATS and Postgres as child processes, unless the servers are external.
 *
 * @throws MioError `embedded.disk_full`, or the error of the server that did not start
 */
export async function startServers(options: StartServersOptions): Promise<Servers> {
  const { storage } = options;
  const home = storage.kind === "dir" ? resolve(storage.dir) : await mkdtemp(join(tmpdir(), "mio-up-"));
  return await startServersIn(home, options).catch(async (cause: unknown) => {
    throw await explainStart(storage.kind === "dir" ? home : tmpdir(), cause);
  });
}

async function startServersIn(home: string, options: StartServersOptions): Promise<Servers> {
  const { storage, onProgress } = options;
  await using opening = new AsyncDisposableStack();
  await mkdir(home, { recursive: true });
  if (storage.kind !== "dir") {
    opening.defer(() => rm(home, { recursive: true, force: true, maxRetries: 5 }));
  }
  if (storage.kind === "external") {
    const opened = opening.move();
    return {
      env: {},
      home,
      kept: [],
      [Symbol.asyncDispose]: () => opened.disposeAsync(),
    };
  }
  onProgress("starting nats-server and Postgres");
  const keep = storage.kind === "dir";
  const nats = opening.use(
    await startNats({
      binary: options.natsBinary,
      monitored: true,
      ...(options.natsPort > 0 && { port: options.natsPort }),
      ...(keep && { dir: join(home, "nats") }),
    }),
  );
  const postgres = opening.use(
    await startPostgres({ env: options.env, ...(keep && { dir: join(home, "postgres") }) }),
  );
  const keptNats = toKept(nats, { name: "nats-server", remembers: keep, keepsLog: keep });
  const opened = opening.move();
  return {
    env: {
      MIO_NATS_URLS: nats.url,
      ...(nats.monitorUrl !== undefined && { MIO_NATS_MONITOR_URLS: nats.monitorUrl }),
      MIO_NATS_STORAGE: nats.storage,
      MIO_POSTGRES_DSN: postgres.dsn,
      MIO_BLOB_URL: pathToFileURL(join(home, "blobs")).href,
    },
    home,
    kept: [keptNats, toKept(postgres, { name: "Postgres", remembers: true, keepsLog: keep })],
    ...(keep && { natsOnDisk: keptNats }),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

function toKept(
  server: Pick<KeptServer, "pid" | "logFile" | "ended" | "restart">,
  { name, remembers, keepsLog }: Pick<KeptServer, "name" | "remembers"> & { readonly keepsLog: boolean },
): KeptServer {
  const { logFile } = server;
  let restarting: Promise<void> | undefined;
  return {
    name,
    remembers,
    logFile,
    evidence: async () =>
      keepsLog ? `Its log: ${logFile}` : `It wrote last:\n${await readLogTail(logFile)}`,
    get pid() {
      return server.pid;
    },
    get ended() {
      return server.ended;
    },
    get restarting() {
      return restarting;
    },
    restart: () => {
      restarting ??= server.restart().finally(() => {
        restarting = undefined;
      });
      return restarting;
    },
  };
}

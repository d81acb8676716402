import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Bus, openBus } from "@mio/bus";
import { type PostgresServer, startNats, startPostgres } from "@mio/embedded";
import { newId } from "@mio/envelope";
import { ensureAccount, ensureTenant, migrate, openStore, type Store } from "@mio/store";

/** The bench's own nats-server and Postgres, in a temporary folder, with one tenant. */
export interface Servers extends AsyncDisposable {
  readonly dir: string;
  readonly dsn: string;
  readonly natsUrl: string;
  readonly store: Store;
  readonly bus: Bus;
  readonly tenantId: string;
  /** Process ids; Postgres' backends are children of its process. */
  readonly pids: { readonly nats: number; readonly postgres: number };
  /** Whether Postgres counts statements; false if its installation has no pg_stat_statements. */
  readonly countsStatements: boolean;
  /** Adds a Cliq account and returns its id. */
  addAccount(externalId: string): Promise<string>;
}

export interface ServerOptions {
  readonly natsBinary: string;
  /** The environment in which to look for Postgres. */
  readonly env: NodeJS.ProcessEnv;
  /** Whether nats-server syncs every message to the disk before it confirms it. */
  readonly syncAlways: boolean;
  /** Whether Postgres is to count statements, which costs it a little. Default false. */
  readonly countStatements?: boolean;
  /** Leaves the database without a schema and a tenant, as before the first boot. Default false. */
  readonly empty?: boolean;
}

export async function openServers(options: ServerOptions): Promise<Servers> {
  const { natsBinary, env, syncAlways, countStatements = false, empty = false } = options;
  await using opening = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), "mio-bench-"));
  opening.defer(() => rm(dir, { recursive: true, force: true, maxRetries: 5 }));
  const nats = opening.use(await startNats({ binary: natsBinary, dir: join(dir, "nats"), syncAlways }));
  const { postgres, countsStatements } = await openPostgres(env, countStatements);
  const { dsn, pid } = opening.use(postgres);
  if (!empty) await migrate({ dsn });
  const store = opening.use(await openStore({ dsn, maxConnections: 3, applicationName: "bench" }));
  const bus = opening.use(await openBus({ servers: nats.url, name: "bench" }));
  const tenantId = newId();
  if (!empty) await ensureTenant(store.pool, { id: tenantId, slug: "bench" });
  if (countsStatements) await store.pool.query("CREATE EXTENSION pg_stat_statements");
  const opened = opening.move();
  return {
    dir,
    dsn,
    natsUrl: nats.url,
    store,
    bus,
    tenantId,
    pids: { nats: nats.pid, postgres: pid },
    countsStatements,
    addAccount: async (externalId) => {
      const id = newId();
      const account = { id, tenantId, channelType: "zoho_cliq", externalId, displayName: externalId };
      await ensureAccount(store.pool, account);
      return id;
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

interface CountingPostgres {
  readonly postgres: PostgresServer;
  readonly countsStatements: boolean;
}

/** An installation without pg_stat_statements does not start with it; it then runs uncounted. */
async function openPostgres(env: NodeJS.ProcessEnv, countStatements: boolean): Promise<CountingPostgres> {
  if (countStatements) {
    const postgres = await startPostgres({ env, tuning: { countStatements } }).catch(() => undefined);
    if (postgres !== undefined) return { postgres, countsStatements: true };
  }
  return { postgres: await startPostgres({ env }), countsStatements: false };
}

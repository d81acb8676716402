import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { newId } from "@mio/envelope";
import { type CliqSimulator, type CliqSimulatorOptions, startCliqSimulator } from "@mio/simulator-zoho-cliq";
import {
  type NatsServer,
  type PostgresServer,
  privateNats,
  privatePostgres,
  testDatabase,
} from "@mio/testkit";
import pg from "pg";
import { type Env, type Service, type ServiceName, startService } from "./service.ts";

export interface FleetOptions {
  readonly env?: Partial<Record<ServiceName, Env>>;
  /** A separate Postgres that the test may stop; otherwise a database in the Postgres of the run. */
  readonly ownPostgres?: boolean;
  readonly cliq?: CliqSimulatorOptions;
  /** Whether NATS confirms only what is on disk. Default true. */
  readonly syncAlways?: boolean;
}

/** Servers, a simulated platform and one account; services are processes that the test starts and kills. */
export interface Fleet extends AsyncDisposable {
  /** Keeps its streams on disk; with `syncAlways` it confirms only synced messages. */
  readonly nats: NatsServer;
  readonly postgres: PostgresServer | undefined;
  readonly db: pg.Pool;
  readonly cliq: CliqSimulator;
  readonly gateway: Service;
  /** Starts one more service; `env` overrides all other settings. */
  start(name: ServiceName, env?: Env): Promise<Service>;
}

/** Starts the servers, the simulator and a gateway that receives its webhooks. */
export async function startFleet(options: FleetOptions = {}): Promise<Fleet> {
  await using opening = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), "mio-e2e-"));
  opening.defer(() => rm(dir, { recursive: true, force: true, maxRetries: 5 }));
  const { syncAlways = true } = options;
  const nats = opening.use(await privateNats({ syncAlways }));
  const postgres = options.ownPostgres ? opening.use(await privatePostgres()) : undefined;
  const { dsn } = postgres ?? opening.use(await testDatabase());
  const cliq = opening.use(await startCliqSimulator(options.cliq));
  const base = { ...platformEnv(cliq), ...(await placeEnv(dir, cliq.webhookSecret)) };
  const servers = { MIO_NATS_URLS: nats.url, MIO_POSTGRES_DSN: dsn };
  const start = async (name: ServiceName, env: Env = {}): Promise<Service> => {
    const settings = { ...base, ...servers, ...options.env?.[name], ...env };
    return opened.use(await startService(name, { env: settings, dir }));
  };
  const opened = opening.move();
  try {
    const gateway = await start("gateway");
    const db = opened.adopt(openPool(dsn), (pool) => pool.end());
    await seed(db, cliq.organizationId);
    cliq.setWebhook({ url: `${gateway.url}/webhooks/zoho-cliq` });
    return { nats, postgres, db, cliq, gateway, start, [Symbol.asyncDispose]: () => opened.disposeAsync() };
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}

function platformEnv(cliq: CliqSimulator): Env {
  return {
    CLIQ_CLIENT_ID: cliq.oauth.clientId,
    CLIQ_CLIENT_SECRET: cliq.oauth.clientSecret,
    CLIQ_REFRESH_TOKEN: cliq.oauth.refreshToken,
    CLIQ_BOT_NAME: cliq.bot.uniqueName,
    CLIQ_BOT_ID: cliq.bot.id,
    CLIQ_API_BASE_URL: cliq.apiBaseUrl,
    CLIQ_OAUTH_URL: cliq.oauthUrl,
  };
}

async function placeEnv(dir: string, webhookSecret: string): Promise<Env> {
  const secretsDir = join(dir, "secrets");
  await mkdir(secretsDir);
  await writeFile(join(secretsDir, "cliq-webhook-secret"), webhookSecret);
  return {
    MIO_ENV: "staging",
    MIO_HOST: "127.0.0.1",
    MIO_OPS_HOST: "127.0.0.1",
    MIO_BLOB_URL: pathToFileURL(join(dir, "blobs")).href,
    MIO_SECRETS_DIR: secretsDir,
  };
}

function openPool(dsn: string): pg.Pool {
  const pool = new pg.Pool({ connectionString: dsn, max: 3 });
  // A stopped Postgres closes idle connections.
  pool.on("error", () => {});
  return pool;
}

async function seed(db: pg.Pool, organizationId: string): Promise<void> {
  const tenantId = newId();
  await db.query("INSERT INTO tenants (id, slug) VALUES ($1, 'e2e')", [tenantId]);
  await db.query(
    `INSERT INTO accounts (id, tenant_id, channel_type, external_id, display_name, rate_limit_per_second)
     VALUES ($1, $2, 'zoho_cliq', $3, 'Cliq simulator', 500)`,
    [newId(), tenantId, organizationId],
  );
}

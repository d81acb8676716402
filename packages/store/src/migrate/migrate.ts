import { readdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { MioError } from "@mio/failure";
import pg from "pg";
import { toClientConfig } from "../connection/connection.ts";
import { createSockets } from "../connection/sockets.ts";
import { unavailable } from "../connection/store-error.ts";
import { rotateDeliveries, rotateMessages } from "../partitions.ts";
import { sqlMigrations } from "./load-migrations.ts";

/** Advisory lock of Mio's migrations: an arbitrary number, the same in every process. */
const migrationLock = 7_306_021;

const migrationsDir = fileURLToPath(new URL("../../migrations", import.meta.url));

export interface MigrateOptions {
  readonly dsn: string;
  /** Called with the name of each migration that was applied. */
  readonly onApplied?: (name: string) => void;
}

/** One statement may build an index on a large table. `query_timeout` in the DSN overrides it. */
const statementTimeoutMs = 15 * 60_000;
/** How long to wait for another process that is migrating. */
const lockTimeoutMs = 30 * 60_000;
const lockRetryMs = 200;
const migrationsTable = "mio_migrations";
const closeGraceMs = 1_000;

/**
 * Brings the schema up to date. Safe to call from several processes at once: they take turns under an advisory lock.
 * Each migration is one transaction, except those that build an index concurrently. Creates the next partitions. Returns the names of applied
 * migrations.
 *
 * @throws MioError `store.unavailable` without Postgres, `store.migration_failed`
 */
export async function migrate(options: MigrateOptions): Promise<readonly string[]> {
  const { dsn } = options;
  const sockets = createSockets();
  const settings = { dsn, applicationName: "mio-migrate", sockets, queryTimeoutMs: statementTimeoutMs };
  const client = new pg.Client(toClientConfig(settings));
  // The running statement fails with the same error.
  client.on("error", () => {});
  try {
    await connect(client);
    await takeTurn(client);
    const names = (await isUpToDate(client)) ? [] : await applyMigrations(client);
    await rotateMessages(client);
    // One step for each table.
    while ((await rotateDeliveries(client)).created > 0);
    for (const name of names) options.onApplied?.(name);
    return names;
  } catch (error) {
    throw error instanceof MioError ? error : migrationFailed(error);
  } finally {
    // Ending the connection releases the lock.
    client.end().catch(() => undefined);
    await sockets.closed(closeGraceMs);
  }
}

async function applyMigrations(client: pg.Client): Promise<readonly string[]> {
  // Most starts have nothing to apply, and do without these modules.
  const { runner } = await import("node-pg-migrate");
  const applied = await runner({
    dbClient: client,
    dir: migrationsDir,
    direction: "up",
    migrationLoaderStrategies: [sqlMigrations],
    migrationsTable,
    noLock: true,
    log: () => {},
  });
  return applied.map((migration) => migration.name);
}

/** Whether exactly the migrations of this release are recorded, in their order. */
async function isUpToDate(client: pg.Client): Promise<boolean> {
  const { rows: tables } = await client.query<{ exists: boolean }>(
    "SELECT to_regclass($1) IS NOT NULL AS exists",
    [migrationsTable],
  );
  if (tables[0]?.exists !== true) return false;
  const { rows } = await client.query<{ name: string }>(
    `SELECT name FROM ${migrationsTable} ORDER BY run_on, id`,
  );
  const files = (await readdir(migrationsDir)).filter((name) => name.endsWith(".sql")).toSorted();
  return files.join() === rows.map(({ name }) => `${name}.sql`).join();
}

async function connect(client: pg.Client): Promise<void> {
  try {
    await client.connect();
  } catch (error) {
    throw unavailable(error);
  }
}

/**
 * Polls with short statements. A statement that waits for a lock on the server keeps a snapshot, and a concurrent
 * index build in the other process would wait for that snapshot.
 */
async function takeTurn(client: pg.Client): Promise<void> {
  const until = performance.now() + lockTimeoutMs;
  while (performance.now() < until) {
    const { rows } = await client.query<{ taken: boolean }>("SELECT pg_try_advisory_lock($1) AS taken", [
      migrationLock,
    ]);
    if (rows[0]?.taken === true) return;
    await sleep(lockRetryMs);
  }
  throw new Error("another process has held the migration lock for too long");
}

function migrationFailed(cause: unknown): MioError {
  return new MioError("store.migration_failed", "The database schema could not be brought up to date.", {
    cause,
  });
}

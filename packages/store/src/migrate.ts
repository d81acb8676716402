import { fileURLToPath } from "node:url";
import { MioError } from "@mio/failure";
import { runner } from "node-pg-migrate";
import pg from "pg";
import { unavailable } from "./store-error.ts";

/** Any number, the same in every process: migrations of Mio exclude each other by it. */
const migrationLock = 7_306_021;

const migrationsDir = fileURLToPath(new URL("../migrations", import.meta.url));

export interface MigrateOptions {
  readonly dsn: string;
  /** Told the name of each migration that was applied. */
  readonly onApplied?: (name: string) => void;
}

/**
 * Brings the schema up to date. Safe to call from several processes at once: they take turns under an
 * advisory lock, and each migration is one transaction. Returns the names it applied.
 *
 * @throws MioError `store.unavailable` when Postgres is not there, `store.migration_failed`
 */
export async function migrate(options: MigrateOptions): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString: options.dsn, application_name: "mio-migrate" });
  try {
    await connect(client);
    const applied = await runner({
      dbClient: client,
      dir: migrationsDir,
      direction: "up",
      migrationsTable: "mio_migrations",
      lockValue: migrationLock,
      advisoryLockMode: "wait",
      log: () => {},
    });
    const names = applied.map((migration) => migration.name);
    for (const name of names) options.onApplied?.(name);
    return names;
  } catch (error) {
    throw error instanceof MioError ? error : migrationFailed(error);
  } finally {
    await client.end().catch(() => {});
  }
}

async function connect(client: pg.Client): Promise<void> {
  try {
    await client.connect();
  } catch (error) {
    throw unavailable(error);
  }
}

function migrationFailed(cause: unknown): MioError {
  return new MioError("store.migration_failed", "The database schema could not be brought up to date.", {
    cause,
  });
}

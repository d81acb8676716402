import pg from "pg";
import { unavailable } from "./store-error.ts";

/** The part of a pool or a client that a table function needs. */
export type Db = Pick<pg.Pool, "query">;

export interface StoreOptions {
  /** Connection string; it may hold a password, so it is never logged. */
  readonly dsn: string;
  readonly maxConnections: number;
  /** Server-side limit for one statement, in milliseconds. Default 3000. */
  readonly statementTimeoutMs?: number;
  /** Shown in `pg_stat_activity`. */
  readonly applicationName: string;
  /** Told about errors of idle connections; the pool replaces them by itself. */
  readonly onIdleError?: (error: Error) => void;
}

/** An open connection pool. Whoever opened it disposes it. */
export interface Store extends AsyncDisposable {
  readonly pool: pg.Pool;
  /** Resolves when Postgres answers. @throws MioError `store.unavailable` */
  ping(): Promise<void>;
}

const connectTimeoutMs = 5_000;
const idleTimeoutMs = 15 * 60_000;

/**
 * Opens the pool and asks Postgres once for an answer, so that a wrong address fails at start.
 *
 * @throws MioError `store.unavailable`
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const pool = new pg.Pool({
    connectionString: options.dsn,
    max: options.maxConnections,
    application_name: options.applicationName,
    statement_timeout: options.statementTimeoutMs ?? 3_000,
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: idleTimeoutMs,
    keepAlive: true,
  });
  let closing = false;
  // The pool lets go of its connections before their sockets are closed; what they say then is no loss.
  pool.on("error", (error) => closing || options.onIdleError?.(error));
  const ping = async (): Promise<void> => {
    try {
      await pool.query("SELECT 1");
    } catch (cause) {
      throw unavailable(cause);
    }
  };
  try {
    await ping();
  } catch (error) {
    await pool.end();
    throw error;
  }
  return {
    pool,
    ping,
    async [Symbol.asyncDispose]() {
      closing = true;
      await pool.end();
    },
  };
}

import { MioError } from "@mio/failure";
import pg from "pg";
import { connectTimeoutMs, toClientConfig } from "./connection.ts";
import { createSockets } from "./sockets.ts";
import { sqlStateOf, toStoreError, unavailable } from "./store-error.ts";

/** The part of a pool or transaction that table functions use. */
export interface Db {
  /** @throws MioError as classified by {@link toStoreError}. */
  query<Row extends pg.QueryResultRow>(
    query: string | pg.QueryConfig,
    values?: unknown[],
  ): Promise<pg.QueryResult<Row>>;
}

/** A connection pool. Every wait ends within {@link StoreOptions.statementTimeoutMs} plus a few seconds. */
export interface StorePool extends Db {
  readonly maxConnections: number;
  /**
   * Checks out a connection; the caller releases it.
   *
   * @throws MioError `store.unavailable`
   */
  connect(): Promise<pg.PoolClient>;
}

export interface StoreOptions {
  /** Connection string; never logged, because it may contain a password. */
  readonly dsn: string;
  readonly maxConnections: number;
  /** Server-side limit for one statement, in milliseconds. Default 3000. */
  readonly statementTimeoutMs?: number;
  /** Shown in `pg_stat_activity`. */
  readonly applicationName: string;
  /** Called with errors of idle connections; the pool replaces those connections itself. */
  readonly onIdleError?: (error: Error) => void;
}

/** An open connection pool. The opener disposes of it. */
export interface Store extends AsyncDisposable {
  readonly pool: StorePool;
  /**
   * Resolves if Postgres answers, and no earlier query is overdue.
   *
   * @throws MioError `store.unavailable`
   */
  ping(): Promise<void>;
}

/** Shorter than the idle timeout of NATs and load balancers, which is four minutes or more. */
const idleTimeoutMs = 3 * 60_000;
const defaultStatementTimeoutMs = 3_000;
/** How much longer than the server's limit this process waits for a statement. */
const answerMarginMs = 2_000;
const closeGraceMs = 3_000;
/**
 * Postgres keeps the plan of a named statement until the tables it reads are analyzed. A plan made while a table or a
 * new partition is empty would scan it, and still do so when it has filled. Every statement has an index, so no plan
 * needs a scan. Compilation pays off for long reports only.
 */
const planner = "-c enable_seqscan=off -c jit=off";

/**
 * Opens the pool and pings Postgres once, so that a wrong address fails at startup.
 *
 * @throws MioError `store.unavailable`
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { maxConnections, statementTimeoutMs = defaultStatementTimeoutMs } = options;
  const sockets = createSockets();
  const queryTimeoutMs = statementTimeoutMs + answerMarginMs;
  const pool = new pg.Pool({
    ...toClientConfig({ ...options, sockets, queryTimeoutMs }),
    options: planner,
    max: maxConnections,
    statement_timeout: statementTimeoutMs,
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: idleTimeoutMs,
  });
  let closing = false;
  // After close, the pool no longer owns the connections while their sockets are still open; errors of those are
  // harmless.
  pool.on("error", (error) => closing || options.onIdleError?.(error));
  const guarded = guardPool(pool, maxConnections);
  const store: Store = {
    pool: guarded,
    async ping() {
      // The server ends a statement before this age, so the connection must be silent.
      if (guarded.oldestQueryMs() > statementTimeoutMs + answerMarginMs / 4) throw silent();
      await guarded.query("SELECT 1").catch((error: unknown) => {
        throw unavailable(error instanceof MioError ? error.cause : error);
      });
    },
    async [Symbol.asyncDispose]() {
      closing = true;
      // Not awaited: it would wait for connections that were never released, and their sockets may be gone.
      void pool.end();
      await sockets.closed(closeGraceMs);
    },
  };
  try {
    await store.ping();
    return store;
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
}

interface GuardedPool extends StorePool {
  /** Age of the oldest unanswered query; 0 without one. */
  oldestQueryMs(): number;
}

function guardPool(pool: pg.Pool, maxConnections: number): GuardedPool {
  const startTimes = new Set<{ readonly at: number }>();
  const fail = (cause: unknown): MioError => {
    const error = toStoreError(cause);
    if (error.code === "store.unavailable" && sqlStateOf(cause) !== "57014") dropIdle(pool);
    return error;
  };
  return {
    maxConnections,
    async query(query, values) {
      const start = { at: performance.now() };
      startTimes.add(start);
      try {
        return await pool.query(query, values);
      } catch (cause) {
        throw fail(cause);
      } finally {
        startTimes.delete(start);
      }
    },
    connect: () =>
      pool.connect().catch((cause: unknown) => {
        throw unavailable(cause);
      }),
    oldestQueryMs() {
      const [oldest] = startTimes;
      return oldest === undefined ? 0 : performance.now() - oldest.at;
    },
  };
}

/**
 * What silenced one connection has probably silenced the idle ones too, and each of them would cost a request its
 * whole deadline. Replacing healthy ones takes milliseconds.
 */
function dropIdle(pool: pg.Pool): void {
  if (pool.ending) return;
  for (let idle = pool.idleCount; idle > 0; idle -= 1) {
    pool.connect((error, _client, release) => error === undefined && release(true));
  }
}

function silent(): MioError {
  return new MioError("store.unavailable", "Postgres does not answer: a connection is silent.", {
    retry: "soon",
  });
}

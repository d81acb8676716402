import { MioError } from "@mio/failure";
import pg from "pg";
import { connectTimeoutMs, toClientConfig } from "./connection.ts";
import { createSockets } from "./sockets.ts";
import { sqlStateOf, toStoreError, unavailable } from "./store-error.ts";

/** The part of a pool or a transaction that a table function needs. */
export interface Db {
  /** @throws MioError as {@link toStoreError} classifies it. */
  query<Row extends pg.QueryResultRow>(
    query: string | pg.QueryConfig,
    values?: unknown[],
  ): Promise<pg.QueryResult<Row>>;
}

/** A pool of connections. Every wait on it ends within {@link StoreOptions.statementTimeoutMs} and some seconds. */
export interface StorePool extends Db {
  readonly maxConnections: number;
  /**
   * A connection of the caller's own, who releases it.
   *
   * @throws MioError `store.unavailable`
   */
  connect(): Promise<pg.PoolClient>;
}

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
  readonly pool: StorePool;
  /**
   * Resolves when Postgres answers, and answers what it was asked before.
   *
   * @throws MioError `store.unavailable`
   */
  ping(): Promise<void>;
}

/** Below what NATs and load balancers forget a connection after: four minutes and more. */
const idleTimeoutMs = 3 * 60_000;
const defaultStatementTimeoutMs = 3_000;
/** How much later than the server this process gives a statement up. */
const answerMarginMs = 2_000;
const closeGraceMs = 3_000;

/**
 * Opens the pool and asks Postgres once for an answer, so that a wrong address fails at start.
 *
 * @throws MioError `store.unavailable`
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { maxConnections, statementTimeoutMs = defaultStatementTimeoutMs } = options;
  const sockets = createSockets();
  const queryTimeoutMs = statementTimeoutMs + answerMarginMs;
  const pool = new pg.Pool({
    ...toClientConfig({ ...options, sockets, queryTimeoutMs }),
    max: maxConnections,
    statement_timeout: statementTimeoutMs,
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: idleTimeoutMs,
  });
  let closing = false;
  // The pool lets go of its connections before their sockets are closed; what they say then is no loss.
  pool.on("error", (error) => closing || options.onIdleError?.(error));
  const guarded = guardPool(pool, maxConnections);
  const store: Store = {
    pool: guarded,
    async ping() {
      // The server ends a statement before it is this old, so its connection is silent.
      if (guarded.oldestQueryMs() > statementTimeoutMs + answerMarginMs / 4) throw silent();
      await guarded.query("SELECT 1").catch((error: unknown) => {
        throw unavailable(error instanceof MioError ? error.cause : error);
      });
    },
    async [Symbol.asyncDispose]() {
      closing = true;
      // It would wait for a connection that was not released, whose socket may be gone.
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
  /** How long the oldest query has been waiting for its answer; 0 when none waits. */
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
 * What silenced one connection has probably silenced those that were idle beside it, and each of them would cost a
 * request its deadline. Healthy ones are replaced in milliseconds.
 */
function dropIdle(pool: pg.Pool): void {
  if (pool.ending) return;
  for (let idle = pool.idleCount; idle > 0; idle -= 1)
    pool.connect((error, _client, release) => error === undefined && release(true));
}

function silent(): MioError {
  return new MioError("store.unavailable", "Postgres does not answer: a connection is silent.", {
    retry: "soon",
  });
}

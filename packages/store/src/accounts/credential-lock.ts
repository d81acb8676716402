import { MioError } from "@mio/failure";
import type pg from "pg";
import type { Db, Store } from "../connection/store.ts";
import { sqlStateOf, toStoreError, unavailable } from "../connection/store-error.ts";

export interface CredentialLockOptions {
  /** How long to wait for the lock. */
  readonly waitMs: number;
  /** Postgres releases the lock of a holder that has been idle for this long. */
  readonly holdMs: number;
}

/**
 * Runs `work` under the account's lock: one process at a time. `db` is the transaction that holds the lock. Its
 * writes are committed when `work` resolves and rolled back when it throws. A crashed process releases the lock at
 * once.
 *
 * @throws MioError `credentials.busy`, `store.unavailable`; and any error of `work`.
 */
export async function withCredentialLock<Result>(
  store: Pick<Store, "pool">,
  accountId: string,
  options: CredentialLockOptions & { readonly work: (db: Db) => Promise<Result> },
): Promise<Result> {
  const client = await store.pool.connect();
  // If the connection is lost while `work` waits for something else, the next query fails.
  let lost: Error | undefined;
  const onLost = (error: Error): void => {
    lost = error;
  };
  client.on("error", onLost);
  try {
    await begin(client, accountId, options);
    const result = await options.work(toDb(client));
    await query(client, { text: "COMMIT" });
    return result;
  } catch (error) {
    // Skips ROLLBACK on a connection that does not answer: it would wait for a second timeout.
    if (error instanceof MioError && error.code === "store.unavailable") lost ??= error;
    lost ??= await client.query("ROLLBACK").then(() => undefined, toError);
    throw error;
  } finally {
    client.off("error", onLost);
    client.release(lost);
  }
}

/** The driver supports this option, but its types lack it. */
interface TimedQuery extends pg.QueryConfig {
  readonly query_timeout?: number;
}

async function begin(client: pg.PoolClient, accountId: string, options: CredentialLockOptions) {
  const { waitMs, holdMs } = options;
  await query(client, { text: "BEGIN" });
  await query(client, {
    text: `SELECT set_config('lock_timeout', $1, true), set_config('statement_timeout', $2, true),
       set_config('idle_in_transaction_session_timeout', $3, true)`,
    values: [waitMs, waitMs + 1_000, holdMs].map(String),
  });
  await query(client, {
    text: "SELECT pg_advisory_xact_lock(hashtextextended('mio.credentials:' || $1, 0))",
    values: [accountId],
    query_timeout: waitMs + 2_000,
  });
}

async function query(client: pg.PoolClient, statement: TimedQuery): Promise<void> {
  try {
    await client.query(statement);
  } catch (cause) {
    if (sqlStateOf(cause) === lockTimeout) throw busy(cause);
    throw unavailable(cause);
  }
}

const lockTimeout = "55P03";

function toDb(client: pg.PoolClient): Db {
  return {
    query: (text, values) =>
      client.query(text, values).catch((cause: unknown) => {
        throw toStoreError(cause);
      }),
  };
}

function busy(cause: unknown): MioError {
  const message = "Another process is renewing the account's credentials and has not finished.";
  return new MioError("credentials.busy", message, { retry: "soon", cause });
}

const toError = (error: unknown): Error =>
  error instanceof Error ? error : new Error("rollback failed", { cause: error });

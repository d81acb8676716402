import { MioError } from "@mio/failure";
import type pg from "pg";
import type { Db, Store } from "./store.ts";
import { unavailable } from "./store-error.ts";

export interface CredentialLockOptions {
  /** How long to wait for whoever has the lock. */
  readonly waitMs: number;
  /** Postgres takes the lock away from a holder that it has not heard of for so long. */
  readonly holdMs: number;
}

/**
 * Does `work` while no other process does any for the same account. `db` is the transaction that holds the lock: what
 * is written through it counts when `work` is done, and not at all when it throws. A process that dies lets go at once.
 *
 * @throws MioError `credentials.busy`, `store.unavailable`; and what `work` throws.
 */
export async function withCredentialLock<Result>(
  store: Pick<Store, "pool">,
  accountId: string,
  options: CredentialLockOptions & { readonly work: (db: Db) => Promise<Result> },
): Promise<Result> {
  const client = await store.pool.connect().catch((cause: unknown) => {
    throw unavailable(cause);
  });
  // A connection that is lost while the work waits for somebody else is found by the next query.
  let lost: Error | undefined;
  const onLost = (error: Error): void => {
    lost = error;
  };
  client.on("error", onLost);
  try {
    await begin(client, accountId, options);
    const result = await options.work(client);
    await query(client, "COMMIT");
    return result;
  } catch (error) {
    lost ??= await client.query("ROLLBACK").then(() => undefined, toError);
    throw error;
  } finally {
    client.off("error", onLost);
    client.release(lost);
  }
}

async function begin(client: pg.PoolClient, accountId: string, options: CredentialLockOptions) {
  const { waitMs, holdMs } = options;
  await query(client, "BEGIN");
  await query(
    client,
    `SELECT set_config('lock_timeout', $1, true), set_config('statement_timeout', $2, true),
       set_config('idle_in_transaction_session_timeout', $3, true)`,
    [waitMs, waitMs + 1_000, holdMs].map(String),
  );
  await query(client, "SELECT pg_advisory_xact_lock(hashtextextended('mio.credentials:' || $1, 0))", [
    accountId,
  ]);
}

async function query(client: pg.PoolClient, text: string, values: string[] = []): Promise<void> {
  try {
    await client.query(text, values);
  } catch (cause) {
    if (isLockTimeout(cause)) throw busy(cause);
    throw unavailable(cause);
  }
}

const isLockTimeout = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "55P03";

function busy(cause: unknown): MioError {
  const message = "Another process renews the account's credentials and does not finish.";
  return new MioError("credentials.busy", message, { retry: "soon", cause });
}

const toError = (error: unknown): Error =>
  error instanceof Error ? error : new Error("rollback failed", { cause: error });

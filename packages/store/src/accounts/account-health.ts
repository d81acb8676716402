import type { Db } from "../connection/store.ts";

/** Whether the platform takes an account's credentials, for operators. */
export interface AccountHealth {
  readonly state: "ok" | "reauth_required";
  /** The platform's word for its refusal; empty when there is none. */
  readonly reason: string;
  /** Undefined when the platform never refused. */
  readonly changedAt: Date | undefined;
}

interface HealthRow {
  state: AccountHealth["state"];
  reason: string;
  changed_at: Date;
}

/** An account that was never in trouble is in order. */
export async function readAccountHealth(db: Db, accountId: string): Promise<AccountHealth> {
  const { rows } = await db.query<HealthRow>(
    "SELECT state, reason, changed_at FROM account_health WHERE account_id = $1",
    [accountId],
  );
  const [row] = rows;
  if (row === undefined) return { state: "ok", reason: "", changedAt: undefined };
  return { state: row.state, reason: row.reason, changedAt: row.changed_at };
}

/** Notes that the platform refuses the credentials. Returns whether that is news: false when it was known. */
export async function markReauthRequired(db: Db, accountId: string, reason: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `INSERT INTO account_health AS h (account_id, state, reason) VALUES ($1, 'reauth_required', $2)
     ON CONFLICT (account_id) DO UPDATE SET state = excluded.state, reason = excluded.reason, changed_at = now()
     WHERE h.state <> excluded.state OR h.reason <> excluded.reason`,
    [accountId, reason],
  );
  return rowCount === 1;
}

/** Notes that the platform takes the credentials. Returns whether that is news. */
export async function markHealthy(db: Db, accountId: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `UPDATE account_health SET state = 'ok', reason = '', changed_at = now()
     WHERE account_id = $1 AND state <> 'ok'`,
    [accountId],
  );
  return rowCount === 1;
}

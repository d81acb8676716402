import type { Db } from "../connection/store.ts";

/** Whether the platform accepts an account's credentials; for operators. */
export interface AccountHealth {
  readonly state: "ok" | "reauth_required";
  /** The platform's reason for the refusal; empty without one. */
  readonly reason: string;
  /** Undefined if the platform has never refused. */
  readonly changedAt: Date | undefined;
}

interface HealthRow {
  state: AccountHealth["state"];
  reason: string;
  changed_at: Date;
}

/** Returns `ok` for an account without a row. */
export async function readAccountHealth(db: Db, accountId: string): Promise<AccountHealth> {
  const { rows } = await db.query<HealthRow>(
    "SELECT state, reason, changed_at FROM account_health WHERE account_id = $1",
    [accountId],
  );
  const [row] = rows;
  if (row === undefined) return { state: "ok", reason: "", changedAt: undefined };
  return { state: row.state, reason: row.reason, changedAt: row.changed_at };
}

/** Records that the platform refuses the credentials. Returns true if the state changed. */
export async function markReauthRequired(db: Db, accountId: string, reason: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `INSERT INTO account_health AS h (account_id, state, reason) VALUES ($1, 'reauth_required', $2)
     ON CONFLICT (account_id) DO UPDATE SET state = excluded.state, reason = excluded.reason, changed_at = now()
     WHERE h.state <> excluded.state OR h.reason <> excluded.reason`,
    [accountId, reason],
  );
  return rowCount === 1;
}

/** Records that the platform accepts the credentials. Returns true if the state changed. */
export async function markHealthy(db: Db, accountId: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `UPDATE account_health SET state = 'ok', reason = '', changed_at = now()
     WHERE account_id = $1 AND state <> 'ok'`,
    [accountId],
  );
  return rowCount === 1;
}

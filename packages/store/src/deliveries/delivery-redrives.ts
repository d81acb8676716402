import type { Db } from "../connection/store.ts";

/** Permission to carry out an ended command once more. */
export interface Redrive {
  readonly accountId: string;
  readonly commandId: string;
  /** Identifies this redrive; the republished message carries it. */
  readonly token: string;
  /** The operator, for the record. */
  readonly requestedBy: string;
}

/** Records a redrive. Call it before the message is published again. */
export async function recordRedrive(db: Db, redrive: Redrive): Promise<void> {
  const { accountId, commandId, token, requestedBy } = redrive;
  await db.query(
    `INSERT INTO delivery_redrives (account_id, command_id, token, requested_by) VALUES ($1, $2, $3, $4)
     ON CONFLICT DO NOTHING`,
    [accountId, commandId, token, requestedBy],
  );
}

/** Part of the SQL text, because a plan for an arbitrary limit scans the table. */
const batchRows = 2_000;

/** Removes one batch of redrives requested before `before`, oldest first; returns how many. */
export async function purgeRedrives(db: Db, before: Date): Promise<number> {
  const { rowCount } = await db.query({
    name: "redrive-purge",
    text: `WITH old AS (
        SELECT account_id, command_id, token FROM delivery_redrives WHERE requested_at < $1
        ORDER BY requested_at LIMIT ${batchRows} FOR UPDATE SKIP LOCKED
      )
      DELETE FROM delivery_redrives r USING old
      WHERE r.account_id = old.account_id AND r.command_id = old.command_id AND r.token = old.token`,
    values: [before],
  });
  return rowCount ?? 0;
}

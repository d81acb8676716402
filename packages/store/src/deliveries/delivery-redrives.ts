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

/** Deletes redrives requested before `before`; returns how many. */
export async function purgeRedrives(db: Db, before: Date): Promise<number> {
  const { rowCount } = await db.query("DELETE FROM delivery_redrives WHERE requested_at < $1", [before]);
  return rowCount ?? 0;
}

import type { Db } from "../connection/store.ts";

/** That a command may be carried out once more. */
export interface Redrive {
  readonly accountId: string;
  readonly commandId: string;
  /** Names this time; the message that is put back carries it. */
  readonly token: string;
  /** Who wants it, for the record. */
  readonly requestedBy: string;
}

/** Puts on record that a command may be carried out once more. To be done before its message is put back. */
export async function recordRedrive(db: Db, redrive: Redrive): Promise<void> {
  const { accountId, commandId, token, requestedBy } = redrive;
  await db.query(
    `INSERT INTO delivery_redrives (account_id, command_id, token, requested_by) VALUES ($1, $2, $3, $4)
     ON CONFLICT DO NOTHING`,
    [accountId, commandId, token, requestedBy],
  );
}

/** Forgets redrives that were asked for before `before`; returns how many. */
export async function purgeRedrives(db: Db, before: Date): Promise<number> {
  const { rowCount } = await db.query("DELETE FROM delivery_redrives WHERE requested_at < $1", [before]);
  return rowCount ?? 0;
}

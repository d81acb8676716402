import type { Db } from "../connection/store.ts";

/**
 * All platform ids of the post that begins with this id, if a command of the account created or edited it; also the
 * remains of a failed post. Undefined for any other message, including later parts of a post.
 */
export async function findPostedWith(
  db: Db,
  message: { readonly accountId: string; readonly externalId: string },
): Promise<readonly string[] | undefined> {
  const { rows } = await db.query<{ external_ids: string[] }>(
    `SELECT external_ids FROM deliveries
     WHERE account_id = $1 AND external_ids[1] = $2
       AND state IN ('sent', 'unknown', 'dead')
     ORDER BY created_at LIMIT 1`,
    [message.accountId, message.externalId],
  );
  return rows[0]?.external_ids;
}

/** Platform ids in a conversation that other commands are known to have created since `since`, ended or not. */
export async function claimedExternalIds(
  db: Db,
  place: {
    readonly accountId: string;
    readonly conversationId: string;
    readonly since: Date;
    /** The command that asks. */
    readonly exceptCommandId: string;
  },
): Promise<ReadonlySet<string>> {
  const { rows } = await db.query<{ external_id: string }>(
    `SELECT unnest(external_ids) AS external_id FROM deliveries
     WHERE account_id = $1 AND conversation_id = $2 AND updated_at >= $3 AND command_id <> $4`,
    [place.accountId, place.conversationId, place.since, place.exceptCommandId],
  );
  return new Set(rows.map((row) => row.external_id));
}

import type { Db } from "../connection/store.ts";

/** Looks up the platform's id of a message by Mio's id, within one account. */
export async function findSourceMessageId(
  db: Db,
  message: { readonly accountId: string; readonly messageId: string },
): Promise<string | undefined> {
  const { rows } = await db.query<{ source_message_id: string }>(
    "SELECT source_message_id FROM messages WHERE account_id = $1 AND id = $2",
    [message.accountId, message.messageId],
  );
  return rows[0]?.source_message_id;
}

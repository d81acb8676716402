import type { Db } from "./store.ts";

/** The account a conversation belongs to; undefined when Mio does not know the conversation. */
export async function findConversationAccount(db: Db, conversationId: string): Promise<string | undefined> {
  const { rows } = await db.query<{ account_id: string }>({
    name: "conversation-account",
    text: "SELECT account_id FROM conversations WHERE id = $1",
    values: [conversationId],
  });
  return rows[0]?.account_id;
}

/** Whether commands of other accounts of the channel made the message with this id, and none of this account did. */
export async function isForeignExternalId(
  db: Db,
  message: { readonly accountId: string; readonly channelType: string; readonly externalId: string },
): Promise<boolean> {
  const { rows } = await db.query<{ foreign: boolean | null }>(
    `SELECT NOT bool_or(account_id = $1) AS foreign FROM deliveries
     WHERE external_ids @> ARRAY[$2] AND channel_type = $3`,
    [message.accountId, message.externalId, message.channelType],
  );
  return rows[0]?.foreign ?? false;
}

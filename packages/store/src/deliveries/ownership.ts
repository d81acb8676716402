import { isUuid } from "@mio/envelope";
import type { Db } from "../connection/store.ts";

/** A conversation on record. */
export interface KnownConversation {
  readonly id: string;
  readonly accountId: string;
  /** The platform's id of it, unique within the account. */
  readonly externalId: string;
  /**
   * The address in addition to the external id; empty if the external id alone is enough, undefined before the first
   * message.
   */
  readonly address: string | undefined;
}

/** Conversations with this id, or with this external id within the account: none, one, or one of each. */
export async function findConversations(
  db: Db,
  place: { readonly id: string; readonly accountId: string; readonly externalId: string },
): Promise<readonly KnownConversation[]> {
  const { rows } = await db.query<ConversationRow>({
    name: "conversation-place",
    text: `SELECT id, account_id, external_id, address FROM conversations WHERE id = $1
      UNION SELECT id, account_id, external_id, address FROM conversations WHERE account_id = $2 AND external_id = $3`,
    values: [isUuid(place.id) ? place.id : null, place.accountId, place.externalId],
  });
  return rows.map((row) => ({
    id: row.id,
    accountId: row.account_id,
    externalId: row.external_id,
    address: row.address ?? undefined,
  }));
}

interface ConversationRow {
  id: string;
  account_id: string;
  external_id: string;
  address: string | null;
}

/** Whether commands of other accounts of the channel created the message with this id, and none of this account did. */
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

import { newId } from "@mio/envelope";
import { externalIdOf, type PoolFixture } from "./pool-fixture.ts";

/** Puts a message on record as the gateway does; returns Mio's id of it. */
export async function storeMessage(
  { tenantId, accountId, store }: Pick<PoolFixture, "tenantId" | "accountId" | "store">,
  conversationId: string,
  sourceMessageId: string,
): Promise<string> {
  const id = newId();
  await store.pool.query(
    `INSERT INTO conversations (id, tenant_id, account_id, channel_type, kind, external_id)
     VALUES ($1, $2, $3, 'zoho_cliq', 'CONVERSATION_KIND_DM', $4) ON CONFLICT DO NOTHING`,
    [conversationId, tenantId, accountId, externalIdOf(conversationId)],
  );
  await store.pool.query(
    `INSERT INTO messages (id, tenant_id, account_id, conversation_id, source_message_id, sender_external_id)
     VALUES ($1, $2, $3, $4, $5, 'u')`,
    [id, tenantId, accountId, conversationId, sourceMessageId],
  );
  return id;
}

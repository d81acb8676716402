import type { Db } from "../connection/store.ts";
import type { DeliveryAttempt } from "./delivery.ts";

/**
 * Begins a new attempt after an interrupted one that is known to have created exactly `externalIds`. Returns
 * undefined if another process has changed the command meanwhile.
 */
export async function takeOverDelivery(
  db: Db,
  interrupted: DeliveryAttempt,
  externalIds: readonly string[],
): Promise<number | undefined> {
  const { rows } = await db.query<{ attempt: number }>({
    name: "delivery-take-over",
    text: `WITH taken AS (
        UPDATE deliveries
        SET state = 'sending', attempt = attempt + 1, owner = $3, external_ids = $5,
            started_at = now(), beat_at = now(), updated_at = now()
        WHERE account_id = $1 AND command_id = $2 AND attempt = $4 AND state = 'sending'
        RETURNING account_id, command_id, channel_type, conversation_id, operation, attempt
      ), posted AS (
        INSERT INTO delivery_posts (external_id, account_id, command_id, channel_type, conversation_id)
        SELECT id, t.account_id, t.command_id, t.channel_type, t.conversation_id
        FROM taken t CROSS JOIN unnest($5::text[]) AS made (id)
        WHERE t.operation NOT IN ('delete', 'reaction') AND NOT EXISTS (
          SELECT FROM delivery_posts p
          WHERE p.external_id = made.id AND p.account_id = t.account_id AND p.command_id = t.command_id)
      )
      SELECT attempt FROM taken`,
    values: [
      interrupted.accountId,
      interrupted.commandId,
      interrupted.owner,
      interrupted.attempt,
      externalIds,
    ],
  });
  return rows[0]?.attempt;
}

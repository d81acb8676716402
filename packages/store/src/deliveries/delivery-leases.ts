import type { Db } from "../connection/store.ts";
import type { DeliveryAttempt } from "./delivery.ts";

/**
 * Heartbeat for attempts under way. Returns the owners that still own their attempt; the others have lost it to a
 * process that found them silent.
 */
export async function beatDeliveries(
  db: Db,
  attempts: readonly DeliveryAttempt[],
): Promise<ReadonlySet<string>> {
  const { rows } = await db.query<{ owner: string }>({
    name: "delivery-beat",
    text: `WITH held AS MATERIALIZED (
        SELECT d.account_id, d.command_id, d.stored_at
        FROM unnest($1::uuid[], $2::text[], $3::int[], $4::text[]) AS h (account_id, command_id, attempt, owner)
        JOIN deliveries d ON d.account_id = h.account_id AND d.command_id = h.command_id
        WHERE d.attempt = h.attempt AND d.owner = h.owner AND d.state = 'sending'
        -- Batches lock rows in one order, so that two of them do not deadlock.
        ORDER BY d.account_id, d.command_id FOR UPDATE OF d
      )
      UPDATE deliveries d SET beat_at = now() FROM held
      WHERE d.account_id = held.account_id AND d.command_id = held.command_id AND d.stored_at = held.stored_at
      RETURNING d.owner`,
    values: [
      attempts.map(({ accountId }) => accountId),
      attempts.map(({ commandId }) => commandId),
      attempts.map(({ attempt }) => attempt),
      attempts.map(({ owner }) => owner),
    ],
  });
  return new Set(rows.map(({ owner }) => owner));
}

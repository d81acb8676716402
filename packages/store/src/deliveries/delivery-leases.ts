import type { Db } from "../connection/store.ts";
import type { DeliveryAttempt } from "./deliveries.ts";

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
    text: `UPDATE deliveries d SET beat_at = now()
      FROM unnest($1::uuid[], $2::text[], $3::int[], $4::text[]) AS held (account_id, command_id, attempt, owner)
      WHERE d.account_id = held.account_id AND d.command_id = held.command_id AND d.attempt = held.attempt
        AND d.owner = held.owner AND d.state = 'sending'
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

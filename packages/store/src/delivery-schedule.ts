import type { DeliveryClaim } from "./deliveries.ts";
import type { Db } from "./store.ts";

type Place = Omit<DeliveryClaim, "owner" | "operation">;

/**
 * Puts on record that a command waits for its time, unless it was begun already; returns whether it waits. A later
 * time replaces an earlier one.
 */
export async function scheduleDelivery(db: Db, command: Place, dueAt: Date): Promise<boolean> {
  const { rowCount } = await db.query(
    `INSERT INTO deliveries (account_id, command_id, tenant_id, channel_type, conversation_id, state, attempt, owner, due_at)
     VALUES ($1, $2, $3, $4, $5, 'scheduled', 0, '', $6)
     ON CONFLICT (account_id, command_id) DO UPDATE SET due_at = excluded.due_at, updated_at = now()
     WHERE deliveries.state = 'scheduled'`,
    [...valuesOf(command), dueAt],
  );
  return rowCount === 1;
}

/** What a command of this account is, as far as others refer to it. */
export interface KnownDelivery {
  readonly state: "scheduled" | "sending" | "waiting" | "sent" | "unknown" | "dead" | "suppressed";
  readonly externalIds: readonly string[];
  /** When a scheduled one is carried out. */
  readonly dueAt: Date | undefined;
}

export async function findDelivery(
  db: Db,
  command: { readonly accountId: string; readonly commandId: string },
): Promise<KnownDelivery | undefined> {
  const { rows } = await db.query<{
    state: KnownDelivery["state"];
    external_ids: string[];
    due_at: Date | null;
  }>({
    name: "delivery-find",
    text: "SELECT state, external_ids, due_at FROM deliveries WHERE account_id = $1 AND command_id = $2",
    values: [command.accountId, command.commandId],
  });
  const [row] = rows;
  return row && { state: row.state, externalIds: row.external_ids, dueAt: row.due_at ?? undefined };
}

/**
 * Ends a command without carrying it out that surely did nothing yet; returns false when it may have, or has ended.
 * `reason` is a word of the wire contract.
 */
export async function suppressDelivery(
  db: Db,
  command: Place,
  { code, reason }: { readonly code: string; readonly reason: string },
): Promise<boolean> {
  const { rowCount } = await db.query(
    `INSERT INTO deliveries
       (account_id, command_id, tenant_id, channel_type, conversation_id, state, attempt, owner, code, reason)
     VALUES ($1, $2, $3, $4, $5, 'suppressed', 0, '', $6, $7)
     ON CONFLICT (account_id, command_id) DO UPDATE
     SET state = 'suppressed', code = excluded.code, reason = excluded.reason, updated_at = now()
     WHERE deliveries.state IN ('scheduled', 'waiting') AND deliveries.code <> 'delivery.unknown'`,
    [...valuesOf(command), code, reason],
  );
  return rowCount === 1;
}

/** The command that showed what a post shows now and wanted to change it again; empty when it is finished. */
export async function readInterim(
  db: Db,
  post: { readonly accountId: string; readonly externalId: string },
): Promise<string> {
  const { rows } = await db.query<{ interim: string }>(
    `SELECT interim FROM deliveries
     WHERE account_id = $1 AND external_ids @> ARRAY[$2] AND external_ids[1] = $2 AND operation <> 'edit'
     ORDER BY created_at LIMIT 1`,
    [post.accountId, post.externalId],
  );
  return rows[0]?.interim ?? "";
}

function valuesOf({ accountId, commandId, tenantId, channelType, conversationId }: Place): readonly string[] {
  return [accountId, commandId, tenantId, channelType, conversationId];
}

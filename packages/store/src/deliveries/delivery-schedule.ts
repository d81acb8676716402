import type { Db } from "../connection/store.ts";
import type { DeliveryClaim } from "./deliveries.ts";

type Place = Omit<DeliveryClaim, "owner" | "operation">;

/** When a command is carried out. */
export interface Appointment {
  readonly dueAt: Date;
  /** The scheduled command that it changes, when it waits for nothing else. */
  readonly waitsFor?: string | undefined;
}

/**
 * Puts on record that a command waits for its time, unless it was begun already; returns whether it waits. A later
 * time replaces an earlier one.
 */
export async function scheduleDelivery(
  db: Db,
  command: Place,
  { dueAt, waitsFor = "" }: Appointment,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `INSERT INTO deliveries
       (account_id, command_id, tenant_id, channel_type, conversation_id, state, attempt, owner, due_at, waits_for)
     VALUES ($1, $2, $3, $4, $5, 'scheduled', 0, '', $6, $7)
     ON CONFLICT (account_id, command_id) DO UPDATE SET due_at = excluded.due_at, updated_at = now()
     WHERE deliveries.state = 'scheduled'`,
    [...valuesOf(command), dueAt, waitsFor],
  );
  return rowCount === 1;
}

/** What a command of this account is, as far as others refer to it. */
export interface KnownDelivery {
  readonly conversationId: string;
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
    conversation_id: string;
  }>({
    name: "delivery-find",
    text: "SELECT state, external_ids, due_at, conversation_id FROM deliveries WHERE account_id = $1 AND command_id = $2",
    values: [command.accountId, command.commandId],
  });
  const [row] = rows;
  return (
    row && {
      conversationId: row.conversation_id,
      state: row.state,
      externalIds: row.external_ids,
      dueAt: row.due_at ?? undefined,
    }
  );
}

/** Why a command is left out. */
export interface Suppression {
  readonly code: string;
  /** A word of the wire contract. */
  readonly reason: string;
  /**
   * Commands that are to take its place. One that was known before it, or has ended already, came once more and takes
   * nobody's place; when all are such, the command stays.
   */
  readonly inFavorOf?: readonly string[] | undefined;
}

/**
 * Ends a command without carrying it out that surely did nothing yet; returns false when it may have, has ended, or
 * nothing takes its place.
 */
export async function suppressDelivery(
  db: Db,
  command: Place,
  { code, reason, inFavorOf }: Suppression,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `INSERT INTO deliveries
       (account_id, command_id, tenant_id, channel_type, conversation_id, state, attempt, owner, code, reason)
     SELECT $1, $2, $3, $4, $5, 'suppressed', 0, '', $6, $7
     WHERE $8::text[] IS NULL OR EXISTS (
       SELECT FROM unnest($8::text[]) AS successor (id)
       WHERE NOT EXISTS (
         SELECT FROM deliveries other
         WHERE other.account_id = $1 AND other.command_id = successor.id
           AND (other.state IN ('sent', 'unknown', 'dead', 'suppressed') OR other.created_at <
                coalesce((SELECT created_at FROM deliveries WHERE account_id = $1 AND command_id = $2), now()))))
     ON CONFLICT (account_id, command_id) DO UPDATE
     SET state = 'suppressed', code = excluded.code, reason = excluded.reason, updated_at = now()
     WHERE deliveries.state IN ('scheduled', 'waiting') AND deliveries.code <> 'delivery.unknown'`,
    [...valuesOf(command), code, reason, inFavorOf ?? null],
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
     WHERE account_id = $1 AND external_ids[1] = $2 AND operation <> 'edit'
     ORDER BY created_at LIMIT 1`,
    [post.accountId, post.externalId],
  );
  return rows[0]?.interim ?? "";
}

function valuesOf({ accountId, commandId, tenantId, channelType, conversationId }: Place): readonly string[] {
  return [accountId, commandId, tenantId, channelType, conversationId];
}

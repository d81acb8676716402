import type { Db } from "../connection/store.ts";
import type { DeliveryClaim } from "./deliveries.ts";

type Place = Omit<DeliveryClaim, "owner" | "operation">;

/** When a command becomes due. */
export interface Appointment {
  readonly dueAt: Date;
  /** The scheduled command that it changes, if it waits only for that one. */
  readonly waitsFor?: string | undefined;
}

/**
 * Records that a command waits for its time, unless it has begun. Returns whether it waits. A later call replaces the
 * due time.
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

/** The part of a command's row that other commands need. */
export interface KnownDelivery {
  readonly conversationId: string;
  readonly state: "scheduled" | "sending" | "waiting" | "sent" | "unknown" | "dead" | "suppressed";
  readonly externalIds: readonly string[];
  /** When a scheduled command becomes due. */
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

/** Why a command is suppressed. */
export interface Suppression {
  readonly code: string;
  /** A reason of the wire contract. */
  readonly reason: string;
  /**
   * Commands that supersede it. A candidate that was created before it, or has ended, is a redelivery and supersedes
   * nothing. If all candidates are such, the command is not suppressed.
   */
  readonly inFavorOf?: readonly string[] | undefined;
}

/**
 * Ends a command that has done nothing yet. Returns false if it may have done something, has ended, or nothing
 * supersedes it.
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

/** The command whose content a post shows while more changes are expected; empty for a finished post. */
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

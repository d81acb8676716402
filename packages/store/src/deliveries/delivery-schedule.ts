import type { QueryConfig } from "pg";
import type { Db } from "../connection/store.ts";
import { isReservedSql, reserveSql } from "./boundary-keys.ts";
import type { DeliveryClaim } from "./delivery.ts";
import { beginsWithSql, leftAPostSql, postsSql } from "./posted-ids.ts";

type Place = Omit<DeliveryClaim, "owner" | "operation">;

/** When a command becomes due. */
export interface Appointment {
  readonly dueAt: Date;
  /** The scheduled command that it changes, if it waits only for that one. */
  readonly waitsFor?: string | undefined;
}

const commandSql = "SELECT $1::uuid AS account_id, $2::text AS command_id";

const scheduleSql = `
WITH moved AS (
  UPDATE deliveries SET due_at = $6, updated_at = now()
  WHERE account_id = $1 AND command_id = $2 AND state = 'scheduled'
  RETURNING command_id
), known AS (
  SELECT command_id FROM deliveries WHERE account_id = $1 AND command_id = $2
), ${reserveSql(`${commandSql} WHERE NOT EXISTS (SELECT FROM known)`)}, fresh AS (
  INSERT INTO deliveries
    (account_id, command_id, tenant_id, channel_type, conversation_id, state, attempt, owner, due_at, waits_for)
  SELECT $1, $2, $3, $4, $5, 'scheduled', 0, '', $6, $7
  WHERE NOT EXISTS (SELECT FROM known) AND ${isReservedSql("$1", "$2")}
  ON CONFLICT DO NOTHING
  RETURNING command_id
)
SELECT EXISTS (SELECT FROM moved) OR EXISTS (SELECT FROM fresh) AS written,
       NOT EXISTS (SELECT FROM known) AND NOT EXISTS (SELECT FROM fresh) AS unseen`;

/**
 * Records that a command waits for its time, unless it has begun. Returns whether it waits. A later call replaces the
 * due time.
 */
export async function scheduleDelivery(
  db: Db,
  command: Place,
  { dueAt, waitsFor = "" }: Appointment,
): Promise<boolean> {
  const values = [...valuesOf(command), dueAt, waitsFor];
  return await writeUnlessUnseen(db, { name: "delivery-schedule", text: scheduleSql, values });
}

/** The part of a command's row that other commands need. */
export interface KnownDelivery {
  readonly conversationId: string;
  readonly state: "scheduled" | "sending" | "waiting" | "sent" | "unknown" | "dead" | "suppressed";
  readonly externalIds: readonly string[];
  /** When a scheduled command becomes due. */
  readonly dueAt: Date | undefined;
}

// The ids of an edited post are kept with the command that made it.
const findSql = `
SELECT d.state, d.due_at, d.conversation_id, coalesce(edited.external_ids, d.external_ids) AS external_ids
FROM deliveries d LEFT JOIN LATERAL (
  SELECT post.external_ids FROM ${postsSql}
  WHERE ${beginsWithSql("d.external_ids[1]", "d.account_id")} AND d.operation = 'edit' AND d.state = 'sent' AND ${leftAPostSql}
  ORDER BY post.created_at LIMIT 1
) edited ON true
WHERE d.account_id = $1 AND d.command_id = $2`;

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
    text: findSql,
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

// The row is kept until the command would have been due, since its message may arrive until then.
const suppressSql = `
WITH known AS (
  SELECT created_at FROM deliveries WHERE account_id = $1 AND command_id = $2
), allowed AS MATERIALIZED (
  SELECT $8::text[] IS NULL OR EXISTS (
    SELECT FROM unnest($8::text[]) AS successor (id)
    WHERE NOT EXISTS (
      SELECT FROM deliveries other
      WHERE other.account_id = $1 AND other.command_id = successor.id
        AND (other.state IN ('sent', 'unknown', 'dead', 'suppressed')
          OR other.created_at < coalesce((SELECT created_at FROM known), now())))) AS ok
), ended AS (
  UPDATE deliveries
  SET state = 'suppressed', code = $6, reason = $7, updated_at = greatest(now(), due_at), due_at = NULL
  WHERE account_id = $1 AND command_id = $2 AND state IN ('scheduled', 'waiting') AND code <> 'delivery.unknown'
    AND (SELECT ok FROM allowed)
  RETURNING command_id
), ${reserveSql(`${commandSql} WHERE NOT EXISTS (SELECT FROM known) AND (SELECT ok FROM allowed)`)}, fresh AS (
  INSERT INTO deliveries
    (account_id, command_id, tenant_id, channel_type, conversation_id, state, attempt, owner, code, reason)
  SELECT $1, $2, $3, $4, $5, 'suppressed', 0, '', $6, $7
  WHERE NOT EXISTS (SELECT FROM known) AND (SELECT ok FROM allowed) AND ${isReservedSql("$1", "$2")}
  ON CONFLICT DO NOTHING
  RETURNING command_id
)
SELECT EXISTS (SELECT FROM ended) OR EXISTS (SELECT FROM fresh) AS written,
       (SELECT ok FROM allowed) AND NOT EXISTS (SELECT FROM known) AND NOT EXISTS (SELECT FROM fresh) AS unseen`;

/**
 * Ends a command that has done nothing yet. Returns false if it may have done something, has ended, or nothing
 * supersedes it.
 */
export async function suppressDelivery(
  db: Db,
  command: Place,
  { code, reason, inFavorOf }: Suppression,
): Promise<boolean> {
  const values = [...valuesOf(command), code, reason, inFavorOf ?? null];
  return await writeUnlessUnseen(db, { name: "delivery-suppress", text: suppressSql, values });
}

/** Runs the statement again for a row that another process was inserting meanwhile: the next snapshot includes it. */
async function writeUnlessUnseen(db: Db, statement: QueryConfig): Promise<boolean> {
  for (;;) {
    const { rows } = await db.query<{ written: boolean; unseen: boolean }>(statement);
    if (rows[0]?.unseen !== true) return rows[0]?.written ?? false;
  }
}

function valuesOf({ accountId, commandId, tenantId, channelType, conversationId }: Place): readonly string[] {
  return [accountId, commandId, tenantId, channelType, conversationId];
}

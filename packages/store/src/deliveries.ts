import type { Db } from "./store.ts";

/** Which command, and who is trying it. */
export interface DeliveryAttempt {
  readonly accountId: string;
  readonly commandId: string;
  /** Unique per process life, so that a restarted process does not mistake its former self for itself. */
  readonly owner: string;
  /** From the claim; a later attempt fences this one out. */
  readonly attempt: number;
}

export interface DeliveryClaim {
  readonly tenantId: string;
  readonly accountId: string;
  readonly commandId: string;
  readonly channelType: string;
  readonly conversationId: string;
  readonly owner: string;
}

export type ClaimedDelivery =
  /** The intent is recorded: call the platform now. */
  | { readonly kind: "claimed"; readonly attempt: number }
  /** An attempt began and its end is not known: find out, then {@link takeOverDelivery} or mark it. */
  | {
      readonly kind: "interrupted";
      readonly attempt: number;
      readonly startedAt: Date;
      readonly owner: string;
    }
  | { readonly kind: "sent"; readonly attempt: number; readonly externalIds: readonly string[] }
  | {
      readonly kind: "ended";
      readonly state: "dead" | "unknown";
      readonly attempt: number;
      readonly code: string;
      readonly reason: string;
    };

interface DeliveryRow {
  state: "sending" | "waiting" | "sent" | "unknown" | "dead";
  attempt: number;
  owner: string;
  external_ids: string[];
  code: string;
  reason: string;
  started_at: Date;
}

const claimSql = `
INSERT INTO deliveries (account_id, command_id, tenant_id, channel_type, conversation_id, state, owner)
VALUES ($1, $2, $3, $4, $5, 'sending', $6)
ON CONFLICT (account_id, command_id) DO UPDATE
SET state = 'sending', attempt = deliveries.attempt + 1, owner = EXCLUDED.owner, started_at = now(), updated_at = now()
WHERE deliveries.state = 'waiting'
RETURNING attempt`;

/**
 * Records the intent to call the platform, before the call. Only a command that is new or whose last
 * attempt surely did nothing can be claimed; for any other the answer tells how it stands.
 */
export async function claimDelivery(db: Db, claim: DeliveryClaim): Promise<ClaimedDelivery> {
  const claimed = await db.query<{ attempt: number }>({
    name: "delivery-claim",
    text: claimSql,
    values: [
      claim.accountId,
      claim.commandId,
      claim.tenantId,
      claim.channelType,
      claim.conversationId,
      claim.owner,
    ],
  });
  if (claimed.rows[0] !== undefined) return { kind: "claimed", attempt: claimed.rows[0].attempt };
  const { rows } = await db.query<DeliveryRow>(
    `SELECT state, attempt, owner, external_ids, code, reason, started_at
     FROM deliveries WHERE account_id = $1 AND command_id = $2`,
    [claim.accountId, claim.commandId],
  );
  return rows[0] === undefined ? claimDelivery(db, claim) : toClaimed(rows[0]);
}

function toClaimed(row: DeliveryRow): ClaimedDelivery {
  const { attempt } = row;
  switch (row.state) {
    case "sending":
    case "waiting":
      return { kind: "interrupted", attempt, startedAt: row.started_at, owner: row.owner };
    case "sent":
      return { kind: "sent", attempt, externalIds: row.external_ids };
    case "unknown":
    case "dead":
      return { kind: "ended", state: row.state, attempt, code: row.code, reason: row.reason };
  }
}

/** Begins a new attempt after an interrupted one; undefined when somebody else has moved the command on. */
export async function takeOverDelivery(db: Db, interrupted: DeliveryAttempt): Promise<number | undefined> {
  const { rows } = await db.query<{ attempt: number }>(
    `UPDATE deliveries
     SET state = 'sending', attempt = attempt + 1, owner = $3, started_at = now(), updated_at = now()
     WHERE account_id = $1 AND command_id = $2 AND attempt = $4 AND state = 'sending'
     RETURNING attempt`,
    [interrupted.accountId, interrupted.commandId, interrupted.owner, interrupted.attempt],
  );
  return rows[0]?.attempt;
}

/** How an attempt ended. `waiting` means it surely did nothing and may be tried again. */
export type DeliveryEnd =
  | { readonly state: "sent"; readonly externalIds: readonly string[] }
  | { readonly state: "waiting" | "unknown" | "dead"; readonly code: string; readonly reason: string };

/** Records the end of an attempt; false when a later attempt owns the command by now. */
export async function endAttempt(db: Db, attempt: DeliveryAttempt, end: DeliveryEnd): Promise<boolean> {
  const { rowCount } = await db.query({
    name: "delivery-end",
    text: `UPDATE deliveries
           SET state = $4, external_ids = $5, code = $6, reason = $7, updated_at = now()
           WHERE account_id = $1 AND command_id = $2 AND attempt = $3 AND owner = $8 AND state = 'sending'`,
    values: [
      attempt.accountId,
      attempt.commandId,
      attempt.attempt,
      end.state,
      end.state === "sent" ? end.externalIds : [],
      end.state === "sent" ? "" : end.code,
      end.state === "sent" ? "" : end.reason,
      attempt.owner,
    ],
  });
  return rowCount === 1;
}

/** The platform ids a command made, within its own account only; undefined when it is not known as sent. */
export async function findExternalIds(
  db: Db,
  command: { readonly accountId: string; readonly commandId: string },
): Promise<readonly string[] | undefined> {
  const { rows } = await db.query<{ external_ids: string[] }>(
    "SELECT external_ids FROM deliveries WHERE account_id = $1 AND command_id = $2 AND state = 'sent'",
    [command.accountId, command.commandId],
  );
  return rows[0]?.external_ids;
}

/** Platform ids in a conversation that belong to commands sent since `since`. */
export async function claimedExternalIds(
  db: Db,
  place: { readonly accountId: string; readonly conversationId: string; readonly since: Date },
): Promise<ReadonlySet<string>> {
  const { rows } = await db.query<{ external_id: string }>(
    `SELECT unnest(external_ids) AS external_id FROM deliveries
     WHERE account_id = $1 AND conversation_id = $2 AND updated_at >= $3`,
    [place.accountId, place.conversationId, place.since],
  );
  return new Set(rows.map((row) => row.external_id));
}

/** Forgets commands that ended before `before`; returns how many. Retention of the idempotency key. */
export async function purgeDeliveries(db: Db, before: Date): Promise<number> {
  const { rowCount } = await db.query(
    "DELETE FROM deliveries WHERE updated_at < $1 AND state IN ('sent', 'unknown', 'dead')",
    [before],
  );
  return rowCount ?? 0;
}

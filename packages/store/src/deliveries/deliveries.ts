import type { Db } from "../connection/store.ts";
import { type AnsweredMessage, answeredValues, isAnsweredDeleted, isGoneSql } from "./answered-message.ts";

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
  /** What is about to be done: `send`, `edit`, … */
  readonly operation: string;
  /** What the message says: the token of a redrive. Only one that is on record lets a command be claimed that ended. */
  readonly redrive?: string | undefined;
  /** The message without which the command has nothing to say. */
  readonly answers?: AnsweredMessage | undefined;
}

export type ClaimedDelivery =
  /** The intent is recorded: call the platform now. */
  | {
      readonly kind: "claimed";
      readonly attempt: number;
      /** What earlier attempts made: the first parts of a long text. */
      readonly externalIds: readonly string[];
    }
  /** An attempt began and its end is not known: find out, then {@link takeOverDelivery} or mark it. */
  | {
      readonly kind: "interrupted";
      readonly attempt: number;
      readonly startedAt: Date;
      /** How long the owner gave no sign of life, by the database's clock. */
      readonly silentMs: number;
      readonly owner: string;
      readonly operation: string;
      /** What is known to be made, by this attempt or an earlier one. */
      readonly externalIds: readonly string[];
    }
  | { readonly kind: "sent"; readonly attempt: number; readonly externalIds: readonly string[] }
  /** The message that it answers is gone from the platform; nothing was recorded. */
  | { readonly kind: "target_deleted" }
  | {
      readonly kind: "ended";
      readonly state: "dead" | "unknown" | "suppressed";
      readonly attempt: number;
      /** What was made all the same. */
      readonly externalIds: readonly string[];
      readonly code: string;
      readonly reason: string;
    };

interface DeliveryRow {
  state: "scheduled" | "sending" | "waiting" | "sent" | "unknown" | "dead" | "suppressed";
  attempt: number;
  owner: string;
  external_ids: string[];
  code: string;
  reason: string;
  started_at: Date;
  operation: string;
  silent_ms: number;
}

const isAnsweredGone = isGoneSql({ deletionIds: "$8", messageId: "$9", growing: "$10" });

const claimSql = `
INSERT INTO deliveries (account_id, command_id, tenant_id, channel_type, conversation_id, state, owner, operation)
SELECT $1, $2, $3, $4, $5, 'sending', $6, $7
WHERE NOT ${isAnsweredGone}
ON CONFLICT (account_id, command_id) DO UPDATE
SET state = 'sending', attempt = deliveries.attempt + 1, owner = EXCLUDED.owner, operation = EXCLUDED.operation,
    started_at = now(), beat_at = now(), updated_at = now()
WHERE deliveries.state IN ('waiting', 'scheduled')
RETURNING attempt, external_ids`;

// The same for a message that was put back: a redrive that is on record and was not used lets what ended be claimed too,
// and is used up by any claim. A token that is on no record changes nothing.
const claimAgainSql = `
WITH asked AS (
  SELECT token FROM delivery_redrives
  WHERE account_id = $1 AND command_id = $2 AND token = $11 AND used_at IS NULL
  FOR UPDATE
), claimed AS (
  INSERT INTO deliveries
    (account_id, command_id, tenant_id, channel_type, conversation_id, state, owner, operation, redrive)
  SELECT $1, $2, $3, $4, $5, 'sending', $6, $7, coalesce((SELECT token FROM asked), '')
  WHERE NOT ${isAnsweredGone}
  ON CONFLICT (account_id, command_id) DO UPDATE
  SET state = 'sending', attempt = deliveries.attempt + 1, owner = EXCLUDED.owner, operation = EXCLUDED.operation,
      started_at = now(), beat_at = now(), updated_at = now(),
      redrive = CASE WHEN EXCLUDED.redrive = '' THEN deliveries.redrive ELSE EXCLUDED.redrive END
  WHERE deliveries.state IN ('waiting', 'scheduled')
     OR (EXCLUDED.redrive <> '' AND deliveries.redrive <> EXCLUDED.redrive AND deliveries.state IN ('dead', 'unknown'))
  RETURNING attempt, external_ids
), used AS (
  UPDATE delivery_redrives SET used_at = now()
  WHERE account_id = $1 AND command_id = $2 AND token = $11 AND EXISTS (SELECT FROM claimed)
)
SELECT attempt, external_ids FROM claimed`;

async function tryClaim(db: Db, claim: DeliveryClaim): Promise<ClaimedDelivery | undefined> {
  const {
    accountId,
    commandId,
    tenantId,
    channelType,
    conversationId,
    owner,
    operation,
    redrive = "",
    answers,
  } = claim;
  const place = [accountId, commandId, tenantId, channelType, conversationId, owner, operation];
  const values = [...place, ...answeredValues(answers)];
  const statement =
    redrive === ""
      ? { name: "delivery-claim", text: claimSql, values }
      : { name: "delivery-claim-again", text: claimAgainSql, values: [...values, redrive] };
  const { rows } = await db.query<Pick<DeliveryRow, "attempt" | "external_ids">>(statement);
  return rows[0] && { kind: "claimed", attempt: rows[0].attempt, externalIds: rows[0].external_ids };
}

/**
 * Records the intent to call the platform, before the call. Only a command that is new or whose last
 * attempt made no more than is on record can be claimed, and one that ended without being sent once for each
 * {@link recordRedrive}; for any other the answer tells how it stands.
 */
export async function claimDelivery(db: Db, claim: DeliveryClaim): Promise<ClaimedDelivery> {
  const claimed = await tryClaim(db, claim);
  if (claimed !== undefined) return claimed;
  const { rows } = await db.query<DeliveryRow>(
    `SELECT state, attempt, owner, external_ids, code, reason, started_at, operation,
            (extract(epoch FROM now() - beat_at) * 1000)::float8 AS silent_ms
     FROM deliveries WHERE account_id = $1 AND command_id = $2`,
    [claim.accountId, claim.commandId],
  );
  const [row] = rows;
  if (isClaimable(row) && (await isAnsweredDeleted(db, claim.accountId, claim.answers)))
    return { kind: "target_deleted" };
  return row === undefined ? claimDelivery(db, claim) : toClaimed(row);
}

/** Whether a claim fails for nothing that is on record of the command itself. */
function isClaimable(row: DeliveryRow | undefined): boolean {
  return row === undefined || row.state === "waiting" || row.state === "scheduled";
}

function toClaimed(row: DeliveryRow): ClaimedDelivery {
  const { attempt, external_ids: externalIds } = row;
  switch (row.state) {
    case "scheduled":
    case "sending":
    case "waiting":
      return {
        kind: "interrupted",
        attempt,
        startedAt: row.started_at,
        silentMs: row.silent_ms,
        owner: row.owner,
        operation: row.operation,
        externalIds,
      };
    case "sent":
      return { kind: "sent", attempt, externalIds };
    case "unknown":
    case "dead":
    case "suppressed":
      return { kind: "ended", state: row.state, attempt, externalIds, code: row.code, reason: row.reason };
  }
}

/**
 * Begins a new attempt after an interrupted one, which is known to have made `externalIds` and surely no more;
 * undefined when somebody else has moved the command on.
 */
export async function takeOverDelivery(
  db: Db,
  interrupted: DeliveryAttempt,
  externalIds: readonly string[],
): Promise<number | undefined> {
  const { rows } = await db.query<{ attempt: number }>(
    `UPDATE deliveries
     SET state = 'sending', attempt = attempt + 1, owner = $3, external_ids = $5,
         started_at = now(), beat_at = now(), updated_at = now()
     WHERE account_id = $1 AND command_id = $2 AND attempt = $4 AND state = 'sending'
     RETURNING attempt`,
    [interrupted.accountId, interrupted.commandId, interrupted.owner, interrupted.attempt, externalIds],
  );
  return rows[0]?.attempt;
}

/** What an attempt came to. `externalIds` are all that the command is known to have made, in order. */
export type DeliveryEnd = {
  readonly externalIds: readonly string[];
  /** The post that the command edited. */
  readonly edited?: EditedPost | undefined;
} & (
  | {
      readonly state: "sent";
      /** Of a post that is to be changed again, or of an edit that says so: this command's id. Else the post is finished. */
      readonly interim?: string;
    }
  /** `waiting`: it surely made nothing else and may be tried again. */
  | {
      readonly state: "waiting" | "unknown" | "dead" | "suppressed";
      readonly code: string;
      readonly reason: string;
    }
  /** Not ended: whether it made more is not known. */
  | { readonly state: "sending" }
);

export interface EditedPost {
  /** The platform id it is found by. */
  readonly firstExternalId: string;
  /** What it is made of now: an edit may add messages to a post, and take some away. */
  readonly externalIds: readonly string[];
}

// What may have been done once stays so, whatever later attempts came to before the end. An edit that is shown leaves out
// those that came before it and still wait for the post to be made.
const endSql = `
WITH ended AS (
  UPDATE deliveries SET state = $4, external_ids = $5, reason = $7, updated_at = now(),
    code = CASE WHEN $4 = 'waiting' AND code = 'delivery.unknown' THEN code ELSE $6 END,
    interim = CASE WHEN $9::text IS NULL THEN $11 ELSE '' END
  WHERE account_id = $1 AND command_id = $2 AND attempt = $3 AND owner = $8 AND state = 'sending'
  RETURNING created_at
), edited AS (
  UPDATE deliveries SET external_ids = $10, interim = CASE WHEN $4 = 'sent' THEN $11 ELSE interim END
  WHERE account_id = $1 AND command_id <> $2 AND state IN ('sent', 'unknown', 'dead')
    AND external_ids[1] = $9 AND EXISTS (SELECT FROM ended)
  RETURNING command_id
), overtaken AS (
  UPDATE deliveries d
  SET state = 'suppressed', code = 'delivery.suppressed', reason = 'superseded', updated_at = now()
  FROM ended, edited
  WHERE $4 = 'sent' AND d.account_id = $1 AND d.waits_for <> '' AND d.waits_for = edited.command_id
    AND d.state = 'scheduled' AND d.created_at < ended.created_at
)
SELECT FROM ended`;

/** Records the end of an attempt; false when a later attempt owns the command by now. */
export async function endAttempt(db: Db, attempt: DeliveryAttempt, end: DeliveryEnd): Promise<boolean> {
  const { rowCount } = await db.query({
    name: "delivery-end",
    text: endSql,
    values: [
      attempt.accountId,
      attempt.commandId,
      attempt.attempt,
      end.state,
      end.externalIds,
      "code" in end ? end.code : "",
      "reason" in end ? end.reason : "",
      attempt.owner,
      end.edited?.firstExternalId ?? null,
      end.edited?.externalIds ?? [],
      ("interim" in end && end.interim) || "",
    ],
  });
  return rowCount === 1;
}

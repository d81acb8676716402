import type { Db } from "../connection/store.ts";
import { type AnsweredMessage, answeredValues, isAnsweredDeleted, isGoneSql } from "./answered-message.ts";

/** A command, and the process that attempts it. */
export interface DeliveryAttempt {
  readonly accountId: string;
  readonly commandId: string;
  /** Unique per process start, so that a restarted process does not take an old attempt for its own. */
  readonly owner: string;
  /** From the claim; a later attempt fences this one. */
  readonly attempt: number;
}

export interface DeliveryClaim {
  readonly tenantId: string;
  readonly accountId: string;
  readonly commandId: string;
  readonly channelType: string;
  readonly conversationId: string;
  readonly owner: string;
  /** The operation: `send`, `edit`, … */
  readonly operation: string;
  /** The redrive token of the message. It reopens an ended command only if the token is on record. */
  readonly redrive?: string | undefined;
  /** The message that the command answers; the claim fails if it was deleted. */
  readonly answers?: AnsweredMessage | undefined;
}

export type ClaimedDelivery =
  /** The intent is recorded: call the platform now. */
  | {
      readonly kind: "claimed";
      readonly attempt: number;
      /** Created by earlier attempts: the first parts of a long text. */
      readonly externalIds: readonly string[];
    }
  /** An attempt began and its outcome is unknown: resolve it, then {@link takeOverDelivery} or mark it. */
  | {
      readonly kind: "interrupted";
      readonly attempt: number;
      readonly startedAt: Date;
      /** Time since the owner's last heartbeat, by the database's clock. */
      readonly silentMs: number;
      readonly owner: string;
      readonly operation: string;
      /** Known to be created, by this attempt or an earlier one. */
      readonly externalIds: readonly string[];
    }
  | { readonly kind: "sent"; readonly attempt: number; readonly externalIds: readonly string[] }
  /** The message that it answers was deleted; nothing was recorded. */
  | { readonly kind: "target_deleted" }
  | {
      readonly kind: "ended";
      readonly state: "dead" | "unknown" | "suppressed";
      readonly attempt: number;
      /** Created before the command ended. */
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

// Like claimSql, for a message with a redrive token. An unused redrive on record also reopens an ended command, and
// any claim uses it up. A token that is not on record changes nothing.
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
 * Records the intent before the platform is called. Claims a command that is new, waiting or scheduled, and an ended
 * one once per {@link recordRedrive}. For any other command it returns the current state.
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
  if (isClaimable(row) && (await isAnsweredDeleted(db, claim.accountId, claim.answers))) {
    return { kind: "target_deleted" };
  }
  return row === undefined ? claimDelivery(db, claim) : toClaimed(row);
}

/** Whether the row itself allows a claim. */
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
 * Begins a new attempt after an interrupted one that is known to have created exactly `externalIds`. Returns
 * undefined if another process has changed the command meanwhile.
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

/** The outcome of an attempt. `externalIds` are all ids that the command is known to have created, in order. */
export type DeliveryEnd = {
  readonly externalIds: readonly string[];
  /** The post that the command edited. */
  readonly edited?: EditedPost | undefined;
} & (
  | {
      readonly state: "sent";
      /**
       * For a post that will be changed again, and for the edits of it: the id of this command. Empty for a finished
       * post.
       */
      readonly interim?: string;
    }
  /** `waiting`: it created nothing else and may be retried. */
  | {
      readonly state: "waiting" | "unknown" | "dead" | "suppressed";
      readonly code: string;
      readonly reason: string;
    }
  /** Not ended: it may have created more. */
  | { readonly state: "sending" }
);

export interface EditedPost {
  /** The platform id by which it is found. */
  readonly firstExternalId: string;
  /** The complete list now: an edit may add messages to a post and remove some. */
  readonly externalIds: readonly string[];
}

// A `delivery.unknown` code survives later attempts until the command ends. A shown edit supersedes earlier edits
// that still wait for the post.
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

/** Records the end of an attempt. Returns false if a later attempt owns the command by now. */
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

import type { Db } from "../connection/store.ts";
import { answeredValues, isGoneSql } from "./answered-message.ts";
import { fewRowsSql, storedAtSql, toSlices } from "./batch-values.ts";
import { isReservedSql, reserveSql } from "./boundary-keys.ts";
import type { ClaimedAttempt, DeliveryClaim } from "./delivery.ts";

const isGone = isGoneSql({
  accountId: "c.account_id",
  deletionIds: "($12::text[])[c.deletions_from : c.deletions_to]",
  messageId: "c.message_id",
  growing: "c.growing",
});

// An unused redrive on record also reopens an ended command, and any claim uses it up. A token that is not on record
// changes nothing. Existing rows are locked before new ones are inserted, each in one order, so that two batches do not
// deadlock. An early claim keeps the due time: the scheduled message arrives then, and must find the row.
const claimSql = `
WITH claim AS MATERIALIZED (
  SELECT c.*, ${isGone} AS is_gone, ${storedAtSql("c")} AS stored_at
  FROM unnest(
    $1::int[], $2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
    $10::uuid[], $11::text[], $13::int[], $14::int[]
  ) AS c (ord, account_id, command_id, tenant_id, channel_type, conversation_id, owner, operation, redrive,
          message_id, growing, deletions_from, deletions_to)
  WHERE ${fewRowsSql("c.ord")}
), asked AS MATERIALIZED (
  SELECT c.ord, r.account_id, r.command_id, r.token FROM claim c JOIN delivery_redrives r
    ON r.account_id = c.account_id AND r.command_id = c.command_id AND r.token = c.redrive
  WHERE c.redrive <> '' AND r.used_at IS NULL
  ORDER BY r.account_id, r.command_id FOR UPDATE OF r
), reopened AS MATERIALIZED (
  SELECT d.account_id, d.command_id, d.stored_at, c.owner, c.operation, a.token
  FROM claim c LEFT JOIN asked a USING (ord)
  JOIN deliveries d ON d.account_id = c.account_id AND d.command_id = c.command_id AND d.stored_at = c.stored_at
  WHERE NOT c.is_gone AND (d.state IN ('waiting', 'scheduled')
    OR (a.token <> d.redrive AND d.state IN ('dead', 'unknown')))
  ORDER BY d.account_id, d.command_id FOR UPDATE OF d
), again AS (
  UPDATE deliveries d
  SET state = 'sending', attempt = d.attempt + 1, owner = o.owner, operation = o.operation,
      started_at = now(), beat_at = now(), updated_at = now(), redrive = coalesce(o.token, d.redrive),
      due_at = CASE WHEN d.due_at > now() THEN d.due_at END
  FROM reopened o
  WHERE d.account_id = o.account_id AND d.command_id = o.command_id AND d.stored_at = o.stored_at
  RETURNING d.account_id, d.command_id, d.attempt, d.external_ids
), unseen AS MATERIALIZED (
  SELECT c.* FROM claim c WHERE NOT c.is_gone AND c.stored_at IS NULL AND (SELECT count(*) FROM again) >= 0
), ${reserveSql("SELECT account_id, command_id FROM unseen")}, fresh AS (
  INSERT INTO deliveries
    (account_id, command_id, tenant_id, channel_type, conversation_id, state, owner, operation, redrive)
  SELECT u.account_id, u.command_id, u.tenant_id, u.channel_type, u.conversation_id, 'sending', u.owner, u.operation,
         coalesce(a.token, '')
  FROM unseen u LEFT JOIN asked a USING (ord)
  WHERE ${isReservedSql("u.account_id", "u.command_id")}
  ORDER BY u.account_id, u.command_id
  ON CONFLICT DO NOTHING
  RETURNING account_id, command_id, attempt, external_ids
), claimed AS (
  SELECT * FROM again UNION ALL SELECT * FROM fresh
), used AS (
  UPDATE delivery_redrives r SET used_at = now()
  FROM asked a JOIN claimed c USING (account_id, command_id)
  WHERE r.account_id = a.account_id AND r.command_id = a.command_id AND r.token = a.token
)
SELECT account_id, command_id, attempt, external_ids FROM claimed`;

interface ClaimedRow {
  account_id: string;
  command_id: string;
  attempt: number;
  external_ids: string[];
}

/**
 * Claims each command that is new, waiting or scheduled, or reopened by a redrive, unless the message that it answers
 * was deleted. No two of `claims` may name the same command. Returns undefined for a command that was not claimed.
 */
export async function claimAttempts(
  db: Db,
  claims: readonly DeliveryClaim[],
): Promise<readonly (ClaimedAttempt | undefined)[]> {
  const { rows } = await db.query<ClaimedRow>({
    name: "delivery-claim",
    text: claimSql,
    values: toValues(claims),
  });
  const claimed = new Map(rows.map((row) => [nameOf(row.account_id, row.command_id), row]));
  return claims.map(({ accountId, commandId }) => {
    const row = claimed.get(nameOf(accountId.toLowerCase(), commandId));
    return row && { kind: "claimed", attempt: row.attempt, externalIds: row.external_ids };
  });
}

function nameOf(accountId: string, commandId: string): string {
  return `${accountId}\n${commandId}`;
}

function toValues(claims: readonly DeliveryClaim[]): unknown[] {
  const column = <Value>(pick: (claim: DeliveryClaim) => Value): Value[] => claims.map(pick);
  const answered = claims.map(({ answers }) => answeredValues(answers));
  const deletions = toSlices(answered.map(([ids]) => ids));
  return [
    claims.map((_, ord) => ord),
    column((claim) => claim.accountId),
    column((claim) => claim.commandId),
    column((claim) => claim.tenantId),
    column((claim) => claim.channelType),
    column((claim) => claim.conversationId),
    column((claim) => claim.owner),
    column((claim) => claim.operation),
    column((claim) => claim.redrive ?? ""),
    answered.map(([, messageId]) => messageId),
    answered.map(([, , growing]) => growing),
    deletions.values,
    deletions.from,
    deletions.to,
  ];
}

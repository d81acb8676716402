import type { Db } from "../connection/store.ts";
import { fewRowsSql, storedAtSql, toSlices } from "./batch-values.ts";
import type { DeliveryAttempt, DeliveryEnd } from "./delivery.ts";
import { beginsWithSql, leftAPostSql, postsSql } from "./posted-ids.ts";

/** The end of one attempt. */
export interface AttemptEnd {
  readonly attempt: DeliveryAttempt;
  readonly end: DeliveryEnd;
}

// A `delivery.unknown` code survives later attempts until the command ends. A shown edit supersedes earlier edits
// that still wait for the post. All rows are locked first, in one order, so that two batches do not deadlock.
const endSql = `
WITH ending AS MATERIALIZED (
  SELECT e.*, ($10::text[])[e.ids_from : e.ids_to] AS external_ids,
         ($11::text[])[e.edited_from : e.edited_to] AS edited_ids,
         ${storedAtSql("e")} AS stored_at
  FROM unnest(
    $1::int[], $2::uuid[], $3::text[], $4::int[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
    $12::text[], $13::int[], $14::int[], $15::int[], $16::int[]
  ) AS e (ord, account_id, command_id, attempt, owner, state, code, reason, interim, edited_first,
          ids_from, ids_to, edited_from, edited_to)
  WHERE ${fewRowsSql("e.ord")}
), edit AS MATERIALIZED (
  SELECT e.ord, e.state, post.account_id, post.command_id, post.stored_at
  FROM ending e CROSS JOIN ${postsSql}
  WHERE ${beginsWithSql("e.edited_first", "e.account_id")} AND ${leftAPostSql} AND post.command_id <> e.command_id
), behind AS MATERIALIZED (
  SELECT t.ord, d.account_id, d.command_id, d.stored_at
  FROM edit t JOIN deliveries d ON d.account_id = t.account_id AND d.waits_for = t.command_id
  WHERE t.state = 'sent' AND d.waits_for <> '' AND d.state = 'scheduled'
), touched AS MATERIALIZED (
  SELECT ord, account_id, command_id, stored_at FROM ending
  UNION ALL SELECT ord, account_id, command_id, stored_at FROM edit
  UNION ALL SELECT ord, account_id, command_id, stored_at FROM behind
), locked AS MATERIALIZED (
  SELECT d.command_id FROM touched t JOIN deliveries d
    ON d.account_id = t.account_id AND d.command_id = t.command_id AND d.stored_at = t.stored_at
  WHERE ${fewRowsSql("t.ord")}
  ORDER BY d.account_id, d.command_id FOR UPDATE OF d
), ended AS (
  UPDATE deliveries d
  SET state = e.state, external_ids = e.external_ids, reason = e.reason, updated_at = now(),
      code = CASE WHEN e.state = 'waiting' AND d.code = 'delivery.unknown' THEN d.code ELSE e.code END,
      interim = CASE WHEN e.edited_first IS NULL THEN e.interim ELSE '' END
  FROM ending e
  WHERE (SELECT count(*) FROM locked) >= 0 AND d.account_id = e.account_id AND d.command_id = e.command_id
    AND d.stored_at = e.stored_at AND d.attempt = e.attempt AND d.owner = e.owner AND d.state = 'sending'
  RETURNING e.ord, e.state, e.interim AS shows, e.edited_first, e.edited_ids, d.account_id, d.command_id,
            d.channel_type, d.conversation_id, d.operation, d.external_ids, d.created_at
), edited AS (
  UPDATE deliveries post
  SET external_ids = n.edited_ids, interim = CASE WHEN n.state = 'sent' THEN n.shows ELSE post.interim END
  FROM edit t JOIN ended n USING (ord)
  WHERE post.account_id = t.account_id AND post.command_id = t.command_id AND post.stored_at = t.stored_at
    AND post.external_ids[1] = n.edited_first AND ${leftAPostSql}
  RETURNING n.ord, post.account_id, post.command_id, post.channel_type, post.conversation_id, post.external_ids
), overtaken AS (
  UPDATE deliveries d
  SET state = 'suppressed', code = 'delivery.suppressed', reason = 'superseded',
      updated_at = greatest(now(), d.due_at), due_at = NULL
  FROM behind b JOIN ended n USING (ord)
  WHERE d.account_id = b.account_id AND d.command_id = b.command_id AND d.stored_at = b.stored_at AND d.state = 'scheduled'
    AND d.created_at < n.created_at
), made AS (
  SELECT n.account_id, n.command_id, n.channel_type, n.conversation_id, unnest(n.external_ids) AS external_id
  FROM ended n
  WHERE n.operation NOT IN ('delete', 'reaction') AND NOT EXISTS (SELECT FROM edited x WHERE x.ord = n.ord)
  UNION ALL
  SELECT account_id, command_id, channel_type, conversation_id, unnest(external_ids) FROM edited
), posted AS (
  INSERT INTO delivery_posts (external_id, account_id, command_id, channel_type, conversation_id)
  SELECT m.external_id, m.account_id, m.command_id, m.channel_type, m.conversation_id FROM made m
  -- Counted, because Postgres would join NOT EXISTS by a scan.
  WHERE 0 = (
    SELECT count(*) FROM delivery_posts p
    WHERE p.external_id = m.external_id AND p.account_id = m.account_id AND p.command_id = m.command_id)
)
SELECT ord FROM ended`;

/**
 * Records the ends of attempts, and what they made of the posts that they edited. No two of `ends` may name the same
 * command or edit the same post. Returns false for an attempt that is not under way, or that a later attempt has
 * fenced.
 */
export async function endAttempts(db: Db, ends: readonly AttemptEnd[]): Promise<readonly boolean[]> {
  const { rows } = await db.query<{ ord: number }>({
    name: "delivery-end",
    text: endSql,
    values: toValues(ends),
  });
  const ended = new Set(rows.map(({ ord }) => ord));
  return ends.map((_, ord) => ended.has(ord));
}

function toValues(ends: readonly AttemptEnd[]): unknown[] {
  const column = <Value>(pick: (end: DeliveryEnd) => Value): Value[] => ends.map(({ end }) => pick(end));
  const made = toSlices(column((end) => end.externalIds));
  const edited = toSlices(column((end) => end.edited?.externalIds ?? []));
  return [
    ends.map((_, ord) => ord),
    ends.map(({ attempt }) => attempt.accountId),
    ends.map(({ attempt }) => attempt.commandId),
    ends.map(({ attempt }) => attempt.attempt),
    ends.map(({ attempt }) => attempt.owner),
    column((end) => end.state),
    column((end) => ("code" in end ? end.code : "")),
    column((end) => ("reason" in end ? end.reason : "")),
    column((end) => ("interim" in end && end.interim) || ""),
    made.values,
    edited.values,
    column((end) => end.edited?.firstExternalId ?? null),
    made.from,
    made.to,
    edited.from,
    edited.to,
  ];
}

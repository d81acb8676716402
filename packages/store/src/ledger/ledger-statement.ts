import type { Db } from "../connection/store.ts";

/** One event as a parameter of the statement. */
export interface LedgerRow {
  readonly messageId: string;
  readonly tenantId: string;
  readonly accountId: string;
  readonly channelType: string;
  /** Used when the conversation is new. */
  readonly conversationId: string;
  readonly conversationExternalId: string;
  /** Full enum name. */
  readonly conversationKind: string;
  readonly conversationName: string | null;
  /** Null if the channel has no addresses. */
  readonly conversationAddress: string | null;
  readonly sourceMessageId: string;
  /** A second id of the event; events of one account with the same second id are the same event. */
  readonly secondSourceId: string | null;
  /** Source id of the message that this event relates to. */
  readonly targetSourceId: string | null;
  readonly senderExternalId: string;
  readonly receivedAt: Date;
  readonly draft: Uint8Array;
  readonly traceparent: string | null;
}

/** The ledger's record of an event after the statement. */
export interface LedgerResult {
  /**
   * `fresh`: recorded now. `pending`: recorded before, not confirmed by the bus. `published`: recorded and confirmed.
   */
  readonly status: "fresh" | "pending" | "published";
  readonly messageId: string;
  /** The id it is recorded under, which may differ from the caller's. */
  readonly sourceMessageId: string;
  readonly conversationId: string;
  /** Full enum name; the kind on record by now. */
  readonly conversationKind: string;
  readonly threadRootMessageId: string | undefined;
  readonly relationTargetMessageId: string | undefined;
  /** The draft that was recorded first; only for `pending`, where it replaces the redelivered one. */
  readonly recordedDraft: Uint8Array | undefined;
  /** The newest event of the conversation that was in the outbox when the statement began; only for `fresh`. */
  readonly waitsBehind: string | undefined;
  /** When the statement was sent, in milliseconds of `performance.now()`: it saw every commit before. */
  readonly asOf: number;
}

/** Longer than any statement may take, so that two statements that race across a boundary both see that it is near. */
const boundaryMargin = "interval '5 minutes'";

/**
 * Inserts conversation, message and outbox row in one statement. Returns no row for an event whose conversation or
 * message another transaction is inserting right now, since its snapshot does not include that; the caller runs the
 * statement again for those.
 *
 * Ids are unique over all partitions of messages: a recorded event is looked up in each, two statements that race
 * meet in the unique indexes of the partition of now, and near the end of a partition in `boundary_keys`.
 */
const acceptSql = `
WITH draft AS (
  SELECT d.*, substring($16::bytea FROM d.envelope_at FOR d.envelope_length) AS envelope
  FROM unnest(
    $1::int[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::uuid[], $7::text[], $8::text[],
    $9::text[], $10::text[], $11::text[], $12::text[], $13::timestamptz[], $14::int[], $15::int[], $17::text[],
    $18::text[], $19::text[]
  ) AS d(ord, message_id, tenant_id, account_id, channel_type, conversation_id, conversation_external_id,
         kind, name, source_id, target_source_id, sender_id, received_at, envelope_at, envelope_length, traceparent,
         second_id, address)
), container AS (
  SELECT DISTINCT ON (account_id, conversation_external_id)
         conversation_id, tenant_id, account_id, channel_type, conversation_external_id, kind, name,
         first_value(address) OVER (
           PARTITION BY account_id, conversation_external_id ORDER BY COALESCE(address, '') = '', ord DESC
         ) AS address
  FROM draft
  ORDER BY account_id, conversation_external_id, kind = 'CONVERSATION_KIND_UNSPECIFIED', name IS NULL, ord
), existing AS (
  SELECT c.id, c.account_id, c.external_id,
         CASE WHEN c.kind = 'CONVERSATION_KIND_UNSPECIFIED' THEN k.kind ELSE c.kind END AS kind
  -- A subquery per row, here and below: a join may read a whole table for a few rows.
  FROM container k CROSS JOIN LATERAL (
    SELECT c.id, c.account_id, c.external_id, c.kind FROM conversations c
    WHERE c.account_id = k.account_id AND c.external_id = k.conversation_external_id LIMIT 1
  ) c
), opened AS (
  INSERT INTO conversations (id, tenant_id, account_id, channel_type, kind, external_id, display_name, address)
  SELECT k.conversation_id, k.tenant_id, k.account_id, k.channel_type, k.kind, k.conversation_external_id, k.name,
         k.address
  FROM container k
  WHERE NOT EXISTS (
    SELECT FROM existing e WHERE e.account_id = k.account_id AND e.external_id = k.conversation_external_id)
  ON CONFLICT (account_id, external_id) DO NOTHING
  RETURNING id, account_id, external_id, kind
), learned AS (
  UPDATE conversations c
  SET kind = CASE WHEN c.kind = 'CONVERSATION_KIND_UNSPECIFIED' THEN k.kind ELSE c.kind END,
      display_name = COALESCE(c.display_name, k.name),
      address = CASE WHEN k.address <> '' THEN k.address ELSE COALESCE(c.address, k.address) END
  FROM container k
  WHERE c.id = ANY (ARRAY(SELECT id FROM existing))
    AND c.account_id = k.account_id AND c.external_id = k.conversation_external_id
    AND ((c.kind = 'CONVERSATION_KIND_UNSPECIFIED' AND k.kind <> c.kind)
      OR (c.display_name IS NULL AND k.name IS NOT NULL)
      -- The latest address wins, because a channel may be renamed; an event without an address keeps the recorded
      -- one.
      OR (k.address <> '' AND k.address IS DISTINCT FROM c.address)
      OR (k.address = '' AND c.address IS NULL))
), conversation AS (
  SELECT * FROM existing UNION ALL SELECT * FROM opened
), known AS MATERIALIZED (
  -- By either id.
  SELECT d.ord, k.* FROM draft d CROSS JOIN LATERAL (
    SELECT m.id, m.source_message_id, m.conversation_id, m.thread_root_message_id
    FROM messages m WHERE m.account_id = d.account_id AND m.source_message_id = d.source_id
    UNION ALL
    SELECT m.id, m.source_message_id, m.conversation_id, m.thread_root_message_id
    FROM messages m WHERE m.account_id = d.account_id AND m.second_source_id = d.second_id
    LIMIT 1
  ) k
), placed AS (
  SELECT d.*, c.id AS placed_in, c.kind AS container_kind, t.id AS target_id, COALESCE(t.thread_root_message_id, t.id) AS root_id
  FROM draft d
  JOIN conversation c ON c.account_id = d.account_id AND c.external_id = d.conversation_external_id
  LEFT JOIN LATERAL (
    SELECT t.id, t.thread_root_message_id FROM messages t
    WHERE t.account_id = d.account_id AND t.source_message_id = d.target_source_id LIMIT 1
  ) t ON true
), unseen AS (
  SELECT p.* FROM placed p WHERE NOT EXISTS (SELECT FROM known k WHERE k.ord = p.ord)
), boundary AS MATERIALIZED (
  SELECT FROM partitions
  WHERE parent = 'messages' AND ends_at - now() BETWEEN -${boundaryMargin} AND ${boundaryMargin}
), reserved AS (
  INSERT INTO boundary_keys (account_id, source_message_id, second_source_id)
  SELECT account_id, source_id, second_id FROM unseen WHERE EXISTS (SELECT FROM boundary)
  ORDER BY account_id, source_id
  ON CONFLICT DO NOTHING
  RETURNING account_id, source_message_id
), recorded AS (
  INSERT INTO messages (id, tenant_id, account_id, conversation_id, thread_root_message_id,
                        source_message_id, second_source_id, sender_external_id, received_at)
  SELECT message_id, tenant_id, account_id, placed_in, root_id, source_id, second_id, sender_id, received_at
  FROM unseen u
  WHERE NOT EXISTS (SELECT FROM boundary) OR EXISTS (
    SELECT FROM reserved r WHERE r.account_id = u.account_id AND r.source_message_id = u.source_id)
  -- All gateways insert in the same order, so that two of them do not deadlock.
  ORDER BY account_id, source_id
  -- On a conflict of either id.
  ON CONFLICT DO NOTHING
  RETURNING id
), queued AS (
  INSERT INTO outbox (message_id, draft, relation_target, traceparent, conversation_id)
  SELECT p.message_id, p.envelope, p.target_id, p.traceparent, p.placed_in
  -- The position is assigned in this order.
  FROM placed p JOIN recorded r ON r.id = p.message_id ORDER BY p.ord
)
SELECT p.ord,
       CASE WHEN r.id IS NOT NULL THEN 'fresh' WHEN o.message_id IS NOT NULL THEN 'pending' ELSE 'published' END AS status,
       COALESCE(r.id, m.id) AS message_id,
       COALESCE(m.source_message_id, p.source_id) AS source_id,
       COALESCE(m.conversation_id, p.placed_in) AS conversation_id,
       p.container_kind AS kind,
       CASE WHEN r.id IS NOT NULL THEN p.root_id ELSE m.thread_root_message_id END AS root_id,
       CASE WHEN r.id IS NOT NULL THEN p.target_id ELSE o.relation_target END AS target_id,
       o.draft AS recorded_draft,
       CASE WHEN r.id IS NOT NULL THEN (
         SELECT o.message_id FROM outbox o WHERE o.conversation_id = p.placed_in ORDER BY o.position DESC LIMIT 1
       ) END AS waits_behind
FROM placed p
LEFT JOIN recorded r ON r.id = p.message_id
LEFT JOIN known m ON m.ord = p.ord
LEFT JOIN LATERAL (
  SELECT o.message_id, o.relation_target, o.draft FROM outbox o WHERE o.message_id = m.id LIMIT 1
) o ON true
WHERE r.id IS NOT NULL OR m.id IS NOT NULL`;

interface AcceptedRow {
  ord: number;
  status: LedgerResult["status"];
  message_id: string;
  source_id: string;
  conversation_id: string;
  kind: string;
  root_id: string | null;
  target_id: string | null;
  recorded_draft: Uint8Array | null;
  waits_behind: string | null;
}

/** Runs the statement once. Returns results by position in `rows`; an event that lost a race has no result. */
export async function acceptRows(
  db: Db,
  rows: readonly LedgerRow[],
): Promise<ReadonlyMap<number, LedgerResult>> {
  const asOf = performance.now();
  const column = <Value>(pick: (row: LedgerRow) => Value): Value[] => rows.map(pick);
  const { rows: accepted } = await db.query<AcceptedRow>({
    name: "ledger-accept",
    text: acceptSql,
    values: [
      rows.map((_, ord) => ord),
      column((row) => row.messageId),
      column((row) => row.tenantId),
      column((row) => row.accountId),
      column((row) => row.channelType),
      column((row) => row.conversationId),
      column((row) => row.conversationExternalId),
      column((row) => row.conversationKind),
      column((row) => row.conversationName),
      column((row) => row.sourceMessageId),
      column((row) => row.targetSourceId),
      column((row) => row.senderExternalId),
      column((row) => row.receivedAt),
      startsOf(rows),
      column((row) => row.draft.length),
      // One binary parameter: an array of bytea would be sent as escaped hexadecimal text.
      Buffer.concat(rows.map((row) => row.draft)),
      column((row) => row.traceparent),
      column((row) => row.secondSourceId),
      column((row) => row.conversationAddress),
    ],
  });
  return new Map(accepted.map((row) => [row.ord, toResult(row, asOf)]));
}

/** Offset of each draft in the concatenation, 1-based as in SQL. */
function startsOf(rows: readonly LedgerRow[]): number[] {
  let next = 1;
  return rows.map(({ draft }) => {
    const start = next;
    next += draft.length;
    return start;
  });
}

function toResult(row: AcceptedRow, asOf: number): LedgerResult {
  return {
    status: row.status,
    messageId: row.message_id,
    sourceMessageId: row.source_id,
    conversationId: row.conversation_id,
    conversationKind: row.kind,
    threadRootMessageId: row.root_id ?? undefined,
    relationTargetMessageId: row.target_id ?? undefined,
    recordedDraft: row.recorded_draft ?? undefined,
    waitsBehind: row.waits_behind ?? undefined,
    asOf,
  };
}

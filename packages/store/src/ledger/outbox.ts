import { completeEnvelope, inboundDedupId, inboundSubject } from "@mio/envelope";
import type { Db } from "../connection/store.ts";
import { toConversationKind } from "./conversation-kind.ts";

/** A complete event that the bus has not confirmed. */
export interface OutboxEntry {
  readonly messageId: string;
  readonly conversationId: string;
  readonly channelType: string;
  readonly subject: string;
  readonly dedupId: string;
  readonly envelope: Uint8Array;
  readonly traceparent: string | undefined;
  /** How many times the relay failed to publish it. */
  readonly attempts: number;
  /** When it was recorded, by the clock of Postgres. */
  readonly recordedAt: Date;
  /** Milliseconds since then, by the same clock. */
  readonly ageMs: number;
}

/** Removes events that the bus confirmed. */
export async function removeFromOutbox(db: Db, messageIds: readonly string[]): Promise<void> {
  if (messageIds.length === 0) return;
  await db.query({
    name: "outbox-remove",
    text: "DELETE FROM outbox WHERE message_id = ANY($1::uuid[])",
    values: [messageIds],
  });
}

/** Selects the events that the relay publishes. */
export interface OutboxDue {
  /** Events recorded at least this long ago; younger ones are being published by the gateway that recorded them. */
  readonly minAgeMs: number;
  /** Conversations whose events are all due. */
  readonly conversationIds: readonly string[];
}

export interface OutboxTurn {
  /** UUID of the process. */
  readonly owner: string;
  /** Another process may take over the turn after this time without a renewal. */
  readonly leaseMs: number;
  readonly due: OutboxDue;
}

/** Events that {@link takeOutboxTurn} looks at, by id. More are never in flight at once, so an old one is among them. */
const inFlight = 10_000;

// In the order of the index the search skips removed events without a look at the table. Without the order, it would
// read every event removed since the last vacuum, twice a second.
const takeSql = `
WITH due AS (
  SELECT EXISTS (
    SELECT FROM (SELECT created_at FROM outbox ORDER BY message_id LIMIT ${inFlight}) o
    WHERE o.created_at <= now() - $3 * interval '1 millisecond'
  ) OR EXISTS (SELECT FROM outbox o WHERE o.conversation_id = ANY($4::uuid[])) AS is_any
), taken AS (
  UPDATE outbox_turn
  SET owner = $1, expires_at = now() + $2 * interval '1 millisecond'
  WHERE (SELECT is_any FROM due) AND (owner IS NULL OR owner = $1 OR expires_at <= now())
  RETURNING owner
)
SELECT (SELECT is_any FROM due) AS is_any, EXISTS (SELECT FROM taken) AS is_taken`;

/**
 * Acquires or renews the turn to relay if any event is due. One process has it at a time, so that two never publish
 * events of the same conversation.
 */
export async function takeOutboxTurn(
  db: Db,
  { owner, leaseMs, due }: OutboxTurn,
): Promise<"taken" | "busy" | "nothing_due"> {
  const { rows } = await db.query<{ is_any: boolean; is_taken: boolean }>({
    name: "outbox-take-turn",
    text: takeSql,
    values: [owner, leaseMs, due.minAgeMs, due.conversationIds],
  });
  if (rows[0]?.is_taken === true) return "taken";
  return rows[0]?.is_any === true ? "busy" : "nothing_due";
}

/** Releases the turn if this process has it. */
export async function endOutboxTurn(db: Db, owner: string): Promise<void> {
  await db.query({
    name: "outbox-end-turn",
    text: "UPDATE outbox_turn SET owner = NULL WHERE owner = $1",
    values: [owner],
  });
}

/** Rows scanned to find conversations with due events. */
const lookedAt = 2_048;
/** Maximum events of one conversation in a batch. A batch below the maximum has all events of its conversations. */
export const maxOfConversation = 64;
/** Maximum bytes of envelopes in one batch, after the first. */
const maxBatchBytes = 32 * 1024 * 1024;

/**
 * A due event brings all other events of its conversation: older ones come first, and gateways leave younger ones to
 * the relay.
 */
const readSql = `
WITH head AS (
  SELECT o.message_id, o.conversation_id FROM outbox o
  WHERE o.created_at <= now() - $1 * interval '1 millisecond' OR o.conversation_id = ANY($2::uuid[])
  ORDER BY o.message_id LIMIT ${lookedAt}
), line AS (
  SELECT DISTINCT conversation_id FROM head WHERE conversation_id IS NOT NULL
), entry AS (
  SELECT e.* FROM line CROSS JOIN LATERAL (
    SELECT o.*, row_number() OVER (ORDER BY o.position) AS nth FROM outbox o
    WHERE o.conversation_id = line.conversation_id ORDER BY o.position LIMIT ${maxOfConversation}
  ) e
  UNION ALL
  SELECT o.*, 1 FROM head h JOIN outbox o ON o.message_id = h.message_id WHERE h.conversation_id IS NULL
), batch AS (
  -- Each conversation starts at its oldest event, whichever limit ends the batch.
  SELECT e.*, sum(length(e.draft)) OVER (ORDER BY e.nth, e.position) - length(e.draft) AS bytes_before
  FROM entry e ORDER BY e.nth, e.position LIMIT $3
)
SELECT b.message_id, b.draft, b.relation_target, b.traceparent, b.attempts, b.created_at,
       extract(epoch FROM now() - b.created_at)::float * 1000 AS age_ms,
       m.tenant_id, m.account_id, m.conversation_id, m.thread_root_message_id, m.source_message_id, v.channel_type, v.kind
FROM batch b
CROSS JOIN LATERAL (SELECT * FROM messages m WHERE m.id = b.message_id LIMIT 1) m
CROSS JOIN LATERAL (SELECT v.channel_type, v.kind FROM conversations v WHERE v.id = m.conversation_id LIMIT 1) v
WHERE b.bytes_before < ${maxBatchBytes}
ORDER BY b.position`;

interface OutboxRow {
  message_id: string;
  draft: Uint8Array;
  relation_target: string | null;
  traceparent: string | null;
  attempts: number;
  created_at: Date;
  age_ms: number;
  tenant_id: string;
  account_id: string;
  conversation_id: string;
  thread_root_message_id: string | null;
  source_message_id: string;
  channel_type: string;
  kind: string;
}

/**
 * Reads the events of conversations that have a due one, in order within each conversation and from its oldest event
 * on.
 */
export async function readOutbox(
  db: Db,
  { due, limit }: { readonly due: OutboxDue; readonly limit: number },
): Promise<readonly OutboxEntry[]> {
  const { rows } = await db.query<OutboxRow>({
    name: "outbox-read",
    text: readSql,
    values: [due.minAgeMs, due.conversationIds, limit],
  });
  return rows.map(toOutboxEntry);
}

function toOutboxEntry(row: OutboxRow): OutboxEntry {
  const place = {
    channelType: row.channel_type,
    accountId: row.account_id,
    conversationId: row.conversation_id,
  };
  return {
    messageId: row.message_id,
    conversationId: row.conversation_id,
    channelType: row.channel_type,
    subject: inboundSubject(place),
    dedupId: inboundDedupId(row.account_id, row.source_message_id),
    envelope: completeEnvelope(row.draft, {
      id: row.message_id,
      tenantId: row.tenant_id,
      accountId: row.account_id,
      conversationId: row.conversation_id,
      conversationKind: toConversationKind(row.kind),
      threadRootMessageId: row.thread_root_message_id ?? undefined,
      relationTargetMessageId: row.relation_target ?? undefined,
    }),
    traceparent: row.traceparent ?? undefined,
    attempts: row.attempts,
    recordedAt: row.created_at,
    ageMs: row.age_ms,
  };
}

/** Records the error with which the bus rejected these events. */
export async function noteOutboxFailure(db: Db, messageIds: readonly string[], error: string): Promise<void> {
  if (messageIds.length === 0) return;
  await db.query({
    name: "outbox-note-failure",
    text: "UPDATE outbox SET attempts = attempts + 1, last_error = $2 WHERE message_id = ANY($1::uuid[])",
    values: [messageIds, error],
  });
}

/** Upper limit of the count, so that it stays cheap. */
const maxCounted = 100_000;

/** The number of waiting events, up to 100,000, and the age of the oldest. */
export async function measureOutbox(
  db: Db,
): Promise<{ readonly pending: number; readonly oldestSeconds: number }> {
  const { rows } = await db.query<{ pending: number; oldest: number | null }>({
    name: "outbox-measure",
    text: `
SELECT (SELECT count(*)::int FROM (SELECT FROM outbox LIMIT ${maxCounted}) o) AS pending,
       (SELECT extract(epoch FROM now() - created_at)::float FROM outbox ORDER BY message_id LIMIT 1) AS oldest`,
  });
  return { pending: rows[0]?.pending ?? 0, oldestSeconds: rows[0]?.oldest ?? 0 };
}

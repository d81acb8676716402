import { completeEnvelope, inboundDedupId, inboundSubject } from "@mio/envelope";
import { toConversationKind } from "./conversation-kind.ts";
import type { Db } from "./store.ts";

/** An event the bus has not confirmed, complete and ready to publish. */
export interface OutboxEntry {
  readonly messageId: string;
  readonly channelType: string;
  readonly subject: string;
  readonly dedupId: string;
  readonly envelope: Uint8Array;
  readonly traceparent: string | undefined;
  /** Claims so far, this one included. */
  readonly attempts: number;
}

/** Forgets events that the bus confirmed. */
export async function removeFromOutbox(db: Db, messageIds: readonly string[]): Promise<void> {
  if (messageIds.length === 0) return;
  await db.query({
    name: "outbox-remove",
    text: "DELETE FROM outbox WHERE message_id = ANY($1::uuid[])",
    values: [messageIds],
  });
}

export interface OutboxClaim {
  /** Only events recorded at least this long ago. */
  readonly minAgeMs: number;
  /** A claimed event is offered again after this long, doubled for each claim up to `maxLeaseMs`. */
  readonly leaseMs: number;
  readonly maxLeaseMs: number;
  readonly limit: number;
}

const claimSql = `
WITH due AS (
  SELECT message_id FROM outbox
  WHERE next_attempt_at <= now() AND created_at <= now() - $1 * interval '1 millisecond'
  ORDER BY message_id LIMIT $4 FOR UPDATE SKIP LOCKED
), claimed AS (
  UPDATE outbox o
  SET attempts = o.attempts + 1,
      next_attempt_at = now() + LEAST($2 * power(2, LEAST(o.attempts, 20)), $3) * interval '1 millisecond'
  FROM due WHERE o.message_id = due.message_id
  RETURNING o.*
)
SELECT c.message_id, c.draft, c.relation_target, c.traceparent, c.attempts,
       m.tenant_id, m.account_id, m.conversation_id, m.thread_root_message_id, m.source_message_id, v.channel_type, v.kind
FROM claimed c JOIN messages m ON m.id = c.message_id JOIN conversations v ON v.id = m.conversation_id
ORDER BY c.message_id`;

interface ClaimedRow {
  message_id: string;
  draft: Uint8Array;
  relation_target: string | null;
  traceparent: string | null;
  attempts: number;
  tenant_id: string;
  account_id: string;
  conversation_id: string;
  thread_root_message_id: string | null;
  source_message_id: string;
  channel_type: string;
  kind: string;
}

/**
 * Takes the oldest due events, in the order they were recorded. Another relay skips them until the
 * lease runs out; publishing one twice is harmless, because the bus drops it by its dedup id.
 */
export async function claimFromOutbox(db: Db, claim: OutboxClaim): Promise<readonly OutboxEntry[]> {
  const { rows } = await db.query<ClaimedRow>({
    name: "outbox-claim",
    text: claimSql,
    values: [claim.minAgeMs, claim.leaseMs, claim.maxLeaseMs, claim.limit],
  });
  return rows.map(toOutboxEntry);
}

function toOutboxEntry(row: ClaimedRow): OutboxEntry {
  const place = {
    channelType: row.channel_type,
    accountId: row.account_id,
    conversationId: row.conversation_id,
  };
  return {
    messageId: row.message_id,
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
  };
}

/** Keeps why the bus did not take these events, and offers them again at once. */
export async function returnToOutbox(db: Db, messageIds: readonly string[], error: string): Promise<void> {
  await db.query(
    "UPDATE outbox SET last_error = $2, next_attempt_at = now() WHERE message_id = ANY($1::uuid[])",
    [messageIds, error],
  );
}

/** Offers every claimed event again at once: for a process that starts, whose former life may have claimed them. */
export async function endOutboxClaims(db: Db): Promise<void> {
  await db.query("UPDATE outbox SET next_attempt_at = now() WHERE next_attempt_at > now()");
}

/** How much waits, and for how long the oldest has. */
export async function measureOutbox(
  db: Db,
): Promise<{ readonly pending: number; readonly oldestSeconds: number }> {
  const { rows } = await db.query<{ pending: number; oldest: number | null }>(
    "SELECT count(*)::int AS pending, extract(epoch FROM now() - min(created_at))::float AS oldest FROM outbox",
  );
  return { pending: rows[0]?.pending ?? 0, oldestSeconds: rows[0]?.oldest ?? 0 };
}

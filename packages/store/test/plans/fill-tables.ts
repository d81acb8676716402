import { newId } from "@mio/envelope";
import type { Db } from "../../src/index.ts";

/** The ids that the plan test uses. */
export interface FilledIds {
  readonly tenantId: string;
  readonly accountId: string;
  /** A conversation with one command in twenty. */
  readonly busyConversationId: string;
  readonly commandId: string;
  /** Its first platform id, of a post of today. */
  readonly externalId: string;
  readonly messageId: string;
  readonly sourceMessageId: string;
}

const accounts = 20;

/**
 * Fills the large tables with a month of traffic from 20 accounts. Indexes are built afterwards and the tables are
 * unlogged, because only their size and statistics matter.
 */
export async function fillTables(db: Db, rows: number): Promise<FilledIds> {
  const tenantId = newId();
  const ids = Array.from({ length: accounts }, () => newId());
  await db.query("INSERT INTO tenants (id, slug) VALUES ($1, 'plans')", [tenantId]);
  await db.query(
    `INSERT INTO accounts (id, tenant_id, channel_type, external_id, display_name)
     SELECT id, $2, 'slack', id::text, '' FROM unnest($1::uuid[]) id`,
    [ids, tenantId],
  );
  await db.query(
    `INSERT INTO conversations (id, tenant_id, account_id, channel_type, kind, external_id)
     SELECT md5('c' || n)::uuid, $2, ($1::uuid[])[1 + n % 20], 'slack', 'CONVERSATION_KIND_DM', 'C' || n
     FROM generate_series(0, $3 / 5) n`,
    [ids, tenantId, rows],
  );
  await withoutIndexes(db, "deliveries", () => fillDeliveries(db, { ids, tenantId, rows }));
  await withoutIndexes(db, "messages", () => fillMessages(db, { ids, tenantId, rows }));
  await db.query(
    `INSERT INTO outbox (message_id, conversation_id, draft, created_at)
     SELECT id, conversation_id, '\\x00', received_at FROM messages ORDER BY id LIMIT 50000`,
  );
  await withoutIndexes(db, "rate_buckets", () => fillRateBuckets(db, rows));
  for (const table of ["accounts", "conversations", "deliveries", "messages", "outbox", "rate_buckets"]) {
    await db.query(`ANALYZE ${table}`);
  }
  return readIds(db, { tenantId, accountId: ids[0] ?? "" });
}

interface Filling {
  readonly ids: readonly string[];
  readonly tenantId: string;
  readonly rows: number;
}

/** One command in twenty, from the first account, is in one conversation; one in a thousand has not ended. */
async function fillDeliveries(db: Db, { ids, tenantId, rows }: Filling): Promise<void> {
  await db.query(
    `INSERT INTO deliveries (account_id, command_id, tenant_id, channel_type, conversation_id, state, owner, operation,
                             external_ids, started_at, updated_at, created_at, beat_at)
     SELECT ($1::uuid[])[1 + n % 20], 'command-' || n, $2, 'slack',
            CASE WHEN n % 20 = 0 THEN md5('c0') ELSE md5('c' || n % ($3 / 5)) END,
            CASE WHEN n % 1000 = 1 THEN 'waiting' WHEN n % 97 = 0 THEN 'dead' ELSE 'sent' END, '', 'send',
            CASE WHEN n % 97 = 0 THEN '{}' ELSE ARRAY['p' || n] END, at, at, at, at
     FROM (SELECT n, now() - interval '30 days' * (1 - n::float8 / $3) AS at FROM generate_series(1, $3::int) n) s`,
    [ids, tenantId, rows],
  );
}

async function fillMessages(db: Db, { ids, tenantId, rows }: Filling): Promise<void> {
  await db.query(
    `INSERT INTO messages (id, tenant_id, account_id, conversation_id, source_message_id, second_source_id,
                           sender_external_id, received_at)
     SELECT md5('m' || n)::uuid, $2, ($1::uuid[])[1 + n % 20], md5('c' || n % ($3 / 5))::uuid, 'source-' || n,
            CASE WHEN n % 50 = 0 THEN 'second-' || n END, 'U', now() - interval '30 days' * (1 - n::float8 / $3)
     FROM generate_series(1, $3::int) n`,
    [ids, tenantId, rows],
  );
}

async function fillRateBuckets(db: Db, rows: number): Promise<void> {
  await db.query(
    `INSERT INTO rate_buckets (key, version, state, updated_at)
     SELECT 'bucket-' || n, 1, '{}', now() - interval '30 days' * (1 - n::float8 / $1) FROM generate_series(1, $1::int) n`,
    [rows],
  );
}

async function withoutIndexes(db: Db, table: string, fill: () => Promise<void>): Promise<void> {
  await db.query(`ALTER TABLE ${table} SET UNLOGGED`);
  const { rows: constraints } = await db.query<{ name: string; definition: string; type: string }>(
    `SELECT conname AS name, pg_get_constraintdef(oid) AS definition, contype AS type
     FROM pg_constraint WHERE conrelid = $1::regclass AND contype IN ('p', 'u', 'f')`,
    [table],
  );
  for (const { name } of constraints) await db.query(`ALTER TABLE ${table} DROP CONSTRAINT ${name}`);
  const { rows: indexes } = await db.query<{ name: string; definition: string }>(
    "SELECT indexname AS name, indexdef AS definition FROM pg_indexes WHERE tablename = $1",
    [table],
  );
  for (const { name } of indexes) await db.query(`DROP INDEX ${name}`);
  await fill();
  await db.query("SET maintenance_work_mem = '512MB'");
  for (const { name, definition, type } of constraints) {
    const unchecked = type === "f" ? " NOT VALID" : "";
    await db.query(`ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition}${unchecked}`);
  }
  for (const { definition } of indexes) await db.query(definition);
}

async function readIds(db: Db, place: { tenantId: string; accountId: string }): Promise<FilledIds> {
  const { rows } = await db.query<{ command_id: string; external_id: string; conversation_id: string }>(
    `SELECT command_id, external_ids[1] AS external_id, conversation_id FROM deliveries
     WHERE account_id = $1 AND conversation_id = md5('c0') AND state = 'sent' ORDER BY updated_at DESC LIMIT 1`,
    [place.accountId],
  );
  const { rows: messages } = await db.query<{ id: string; source_message_id: string }>(
    "SELECT id, source_message_id FROM messages WHERE account_id = $1 ORDER BY received_at DESC LIMIT 1",
    [place.accountId],
  );
  return {
    ...place,
    busyConversationId: rows[0]?.conversation_id ?? "",
    commandId: rows[0]?.command_id ?? "",
    externalId: rows[0]?.external_id ?? "",
    messageId: messages[0]?.id ?? "",
    sourceMessageId: messages[0]?.source_message_id ?? "",
  };
}

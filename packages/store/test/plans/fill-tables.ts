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
     FROM generate_series(0, $3::int) n`,
    [ids, tenantId, countConversations(rows)],
  );
  await withoutIndexes(db, await partition(db, "deliveries"), () =>
    fillDeliveries(db, { ids, tenantId, rows }),
  );
  await withoutIndexes(db, await partition(db, "delivery_posts"), () => fillPosts(db));
  await withoutIndexes(db, await partition(db, "messages"), () => fillMessages(db, { ids, tenantId, rows }));
  await db.query(
    `INSERT INTO outbox (message_id, conversation_id, draft, created_at)
     SELECT id, conversation_id, '\\x00', received_at FROM messages ORDER BY id LIMIT 50000`,
  );
  await withoutIndexes(db, ["rate_buckets"], () => fillRateBuckets(db, Math.min(rows, 2_000_000)));
  for (const table of [
    "accounts",
    "conversations",
    "deliveries",
    "delivery_posts",
    "messages",
    "outbox",
    "rate_buckets",
  ]) {
    await db.query(`ANALYZE ${table}`);
  }
  return readIds(db, { tenantId, accountId: ids[0] ?? "" });
}

const countConversations = (rows: number): number => Math.min(rows / 5, 400_000);

interface Filling {
  readonly ids: readonly string[];
  readonly tenantId: string;
  readonly rows: number;
}

/** One command in twenty, from the first account, is in one conversation; one in a thousand has not ended. */
async function fillDeliveries(db: Db, { ids, tenantId, rows }: Filling): Promise<void> {
  await db.query(
    `INSERT INTO deliveries (account_id, command_id, tenant_id, channel_type, conversation_id, state, owner, operation,
                             external_ids, started_at, updated_at, created_at, stored_at, beat_at)
     SELECT ($1::uuid[])[1 + n % 20], 'command-' || n, $2, 'slack',
            CASE WHEN n % 20 = 0 THEN md5('c0') ELSE md5('c' || n % $4::int) END,
            CASE WHEN n % 1000 = 1 THEN 'waiting' WHEN n % 97 = 0 THEN 'dead' ELSE 'sent' END, '', 'send',
            CASE WHEN n % 97 = 0 THEN '{}' ELSE ARRAY['p' || n] END, at, at, at, at, at
     FROM (SELECT n, now() - interval '30 days' * (1 - n::float8 / $3) AS at FROM generate_series(1, $3::int) n) s`,
    [ids, tenantId, rows, countConversations(rows)],
  );
}

async function fillPosts(db: Db): Promise<void> {
  await db.query(
    `INSERT INTO delivery_posts (external_id, account_id, command_id, channel_type, conversation_id, created_at)
     SELECT external_ids[1], account_id, command_id, channel_type, conversation_id, updated_at
     FROM deliveries WHERE external_ids <> '{}'`,
  );
}

async function fillMessages(db: Db, { ids, tenantId, rows }: Filling): Promise<void> {
  await db.query(
    `INSERT INTO messages (id, tenant_id, account_id, conversation_id, source_message_id, second_source_id,
                           sender_external_id, received_at, recorded_at)
     SELECT md5('m' || n)::uuid, $2, ($1::uuid[])[1 + n % 20], md5('c' || n % $4::int)::uuid, 'source-' || n,
            CASE WHEN n % 50 = 0 THEN 'second-' || n END, 'U', at, at
     FROM (SELECT n, now() - interval '30 days' * (1 - n::float8 / $3) AS at FROM generate_series(1, $3::int) n) s`,
    [ids, tenantId, rows, countConversations(rows)],
  );
}

async function fillRateBuckets(db: Db, rows: number): Promise<void> {
  await db.query(
    `INSERT INTO rate_buckets (key, version, state, updated_at)
     SELECT 'bucket-' || n, 1, '{}', now() - interval '30 days' * (1 - n::float8 / $1) FROM generate_series(1, $1::int) n`,
    [rows],
  );
}

/** Three partitions of ten days each, and one ahead; returns the names of all. */
async function partition(db: Db, table: string): Promise<readonly string[]> {
  await db.query(`DROP TABLE ${table}_first`);
  await db.query(
    "UPDATE partitions SET ends_at = date_trunc('day', now()) - interval '31 days' WHERE parent = $1",
    [table],
  );
  for (const end of [-20, -10, 1, 11]) {
    await db.query("SELECT mio_add_partition($1, date_trunc('day', now()) + $2 * interval '1 day')", [
      table,
      end,
    ]);
  }
  await db.query("DELETE FROM partitions WHERE name = $1", [`${table}_first`]);
  const { rows } = await db.query<{ name: string }>(
    "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = $1::regclass",
    [table],
  );
  return rows.map(({ name }) => name);
}

/** Fills tables without checking foreign keys, and builds their indexes afterwards. */
async function withoutIndexes(db: Db, tables: readonly string[], fill: () => Promise<void>): Promise<void> {
  const rebuild = (await Promise.all(tables.map((table) => dropIndexes(db, table)))).flat();
  await db.query("SET session_replication_role = replica");
  await fill();
  await db.query("RESET session_replication_role");
  await db.query("SET maintenance_work_mem = '512MB'");
  for (const statement of rebuild) await db.query(statement);
}

/** Returns the statements that build them again. */
async function dropIndexes(db: Db, table: string): Promise<readonly string[]> {
  await db.query(`ALTER TABLE ${table} SET UNLOGGED`);
  const { rows: constraints } = await db.query<{ name: string; definition: string }>(
    `SELECT conname AS name, pg_get_constraintdef(oid) AS definition
     FROM pg_constraint WHERE conrelid = $1::regclass AND contype IN ('p', 'u')`,
    [table],
  );
  for (const { name } of constraints) await db.query(`ALTER TABLE ${table} DROP CONSTRAINT ${name}`);
  const { rows: indexes } = await db.query<{ name: string; definition: string }>(
    "SELECT indexname AS name, indexdef AS definition FROM pg_indexes WHERE tablename = $1",
    [table],
  );
  for (const { name } of indexes) await db.query(`DROP INDEX ${name}`);
  return [
    ...constraints.map(({ name, definition }) => `ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition}`),
    ...indexes.map(({ definition }) => definition),
  ];
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

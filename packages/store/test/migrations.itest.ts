import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { newId } from "@mio/envelope";
import { ConversationKind } from "@mio/proto";
import { aMessage, eventually, testDatabase } from "@mio/testkit";
import { runner } from "node-pg-migrate";
import pg from "pg";
import { expect, test } from "vitest";
import { createDeliveryLedger, createLedger, findPostedWith, migrate, openStore } from "../src/index.ts";
import { sqlMigrations } from "../src/migrate/load-migrations.ts";

const dir = fileURLToPath(new URL("../migrations", import.meta.url));

/** Applies the migrations before this one. */
async function migrateBefore(dsn: string, name: string): Promise<void> {
  await run(dsn, "up", (await readdir(dir)).filter((file) => file < name).length);
}

/** Takes back this migration and those after it. */
async function migrateDownTo(dsn: string, name: string): Promise<void> {
  await run(dsn, "down", (await readdir(dir)).filter((file) => file >= name).length);
}

async function run(dsn: string, direction: "up" | "down", count: number): Promise<void> {
  await runner({
    ...{ databaseUrl: dsn, dir, direction, count, migrationsTable: "mio_migrations" },
    ...{ migrationLoaderStrategies: [sqlMigrations], log: () => {} },
  });
}

test("a fresh schema has only the expected, valid indexes", async () => {
  await using database = await testDatabase();
  const applied: string[] = [];
  expect(await migrate({ dsn: database.dsn, onApplied: (name) => applied.push(name) })).toEqual(applied);
  await using store = await openStore({ dsn: database.dsn, maxConnections: 1, applicationName: "test" });
  const invalid = await store.pool.query(
    "SELECT indexrelid::regclass::text AS name FROM pg_index WHERE NOT indisvalid",
  );
  expect(invalid.rows).toEqual([]);
  const { rows } = await store.pool.query<{ name: string }>(
    "SELECT indexname AS name FROM pg_indexes WHERE tablename ~ '^(deliveries|delivery_posts|messages)' ORDER BY 1",
  );
  expect(rows.map(({ name }) => name)).toEqual([
    "deliveries_default_account_id_waits_for_idx",
    "deliveries_default_due_at_command_id_idx",
    "deliveries_default_pkey",
    "deliveries_default_stored_at_idx",
    "deliveries_due_idx",
    "deliveries_late_idx",
    "deliveries_pkey",
    "deliveries_waits_for_idx",
    "delivery_posts_conversation_idx",
    "delivery_posts_default_account_id_conversation_id_created_a_idx",
    "delivery_posts_default_external_id_account_id_idx",
    "delivery_posts_external_id_idx",
    "messages_account_id_source_message_id_key",
    "messages_account_second_source_idx",
    "messages_default_account_id_second_source_id_idx",
    "messages_default_account_id_source_message_id_key",
    "messages_default_pkey",
    "messages_pkey",
  ]);
});

test("takes the platform ids over that earlier releases have recorded", async () => {
  await using database = await testDatabase();
  await migrateBefore(database.dsn, "0023");
  await using store = await openStore({ dsn: database.dsn, maxConnections: 1, applicationName: "test" });
  const { pool } = store;
  const accountId = newId();
  const insert = (
    commandId: string,
    { externalIds = ["a"], state = "sent", operation = "send" },
    due?: Date,
  ) =>
    pool.query(
      `INSERT INTO deliveries
         (account_id, command_id, tenant_id, channel_type, conversation_id, state, owner, operation, external_ids, due_at)
       VALUES ($1, $2, $1, 'slack', 'c', $3, '', $4, $5, $6)`,
      [accountId, commandId, state, operation, externalIds, due],
    );
  const later = new Date("2040-01-01");
  await insert("post", { externalIds: ["a", "b", "a"] });
  await insert("edit", { operation: "edit" });
  await insert("reaction", { operation: "reaction" });
  await insert("scheduled", { externalIds: [], state: "scheduled" }, later);
  await insert("canceled", { externalIds: [], state: "suppressed" }, later);
  expect((await migrate({ dsn: database.dsn })).slice(0, 2)).toEqual([
    "0023_delivery_posts",
    "0024_delivery_indexes",
  ]);
  const posts = "SELECT command_id, external_id FROM delivery_posts ORDER BY 1, 2";
  expect((await pool.query(posts)).rows.map((row) => Object.values(row))).toEqual([
    ["edit", "a"],
    ["post", "a"],
    ["post", "b"],
  ]);
  expect(await findPostedWith(pool, { accountId, externalId: "a" })).toEqual(["a", "b", "a"]);
  const due =
    "SELECT command_id, due_at, updated_at FROM deliveries WHERE updated_at = $1 OR due_at IS NOT NULL";
  expect((await pool.query(`${due} ORDER BY 1`, [later])).rows).toEqual([
    { command_id: "canceled", due_at: null, updated_at: later },
    { command_id: "scheduled", due_at: later, updated_at: expect.any(Date) },
  ]);
});

test("a process that waits to migrate runs no statement meanwhile", async () => {
  await using database = await testDatabase();
  await using store = await openStore({ dsn: database.dsn, maxConnections: 2, applicationName: "test" });
  const other = await store.pool.connect();
  await other.query("SELECT pg_advisory_lock(7306021)");
  const migrating = migrate({ dsn: database.dsn });
  // A concurrent index build in the other process would wait for such a statement, and deadlock.
  await eventually(async () => {
    const { rows } = await store.pool.query(
      `SELECT state, backend_xmin FROM pg_stat_activity
       WHERE application_name = 'mio-migrate' AND datname = current_database()`,
    );
    expect(rows).toEqual([{ state: "idle", backend_xmin: null }]);
  });
  await other.query("SELECT pg_advisory_unlock(7306021)");
  other.release();
  expect(await migrating).toContain("0012_delivery_retention");
});

test("reports a failed migration and resumes on the next run", async () => {
  await using database = await testDatabase();
  await using store = await openStore({ dsn: database.dsn, maxConnections: 1, applicationName: "test" });
  await store.pool.query("CREATE VIEW deliveries AS SELECT 1 AS command_id");
  await expect(migrate({ dsn: database.dsn })).rejects.toMatchObject({ code: "store.migration_failed" });
  await store.pool.query("DROP VIEW deliveries");
  expect(await migrate({ dsn: database.dsn })).toContain("0012_delivery_retention");
});

test("makes the first partition of a filled table of messages, without a copy", async () => {
  await using database = await testDatabase();
  const client = new pg.Client({ connectionString: database.dsn });
  await client.connect();
  const id = newId();
  const relfilenode = async (table: string) =>
    (await client.query("SELECT relfilenode FROM pg_class WHERE oid = $1::regclass", [table])).rows;
  const role = `service_${database.name.slice(5)}`;
  try {
    await migrateBefore(database.dsn, "0025");
    await client.query("INSERT INTO tenants (id, slug) VALUES ($1, 't')", [id]);
    await client.query("INSERT INTO accounts VALUES ($1, $1, 'slack', 'p', 'x', '')", [id]);
    await client.query("INSERT INTO conversations VALUES ($1, $1, $1, 'slack', '', 'C')", [id]);
    await client.query(
      `INSERT INTO messages (id, tenant_id, account_id, conversation_id, source_message_id, sender_external_id)
       SELECT gen_random_uuid(), $1, $1, $1, 'source ' || n, '' FROM generate_series(1, 1000) n`,
      [id],
    );
    await client.query(`CREATE ROLE ${role}; GRANT SELECT, INSERT ON messages TO ${role}`);
    const former = await relfilenode("messages");
    await migrate({ dsn: database.dsn });
    expect(await relfilenode("messages_first")).toEqual(former);
    const { rows } = await client.query(
      "SELECT tableoid::regclass::text AS name, count(*)::int AS rows FROM messages GROUP BY 1",
    );
    expect(rows).toEqual([{ name: "messages_first", rows: 1_000 }]);
    await using store = await openStore({ dsn: database.dsn, maxConnections: 1, applicationName: "test" });
    const message = { ...aMessage({ tenantId: id, accountId: id, sourceMessageId: "source 7" }), id: "" };
    const ledger = createLedger(store.pool);
    const again = await ledger.accept({ message, containerKind: ConversationKind.DM });
    expect(again.status).toBe("published");
    // Statements of the previous release insert without the new column, and find their conflict.
    const insert = `INSERT INTO messages (id, tenant_id, account_id, conversation_id, source_message_id, sender_external_id)
      VALUES (gen_random_uuid(), $1, $1, $1, $2, '') ON CONFLICT DO NOTHING`;
    expect((await client.query(insert, [id, "source 8"])).rowCount).toBe(0);
    expect((await client.query(insert, [id, "new"])).rowCount).toBe(1);
    const may = await client.query(
      `SELECT has_table_privilege($1, 'messages', 'INSERT') AND has_table_privilege($1, 'messages', 'SELECT')
         AND has_table_privilege($1, 'partitions', 'SELECT') AND has_table_privilege($1, 'boundary_keys', 'INSERT')
         AND NOT has_table_privilege($1, 'messages', 'DELETE') AS right`,
      [role],
    );
    expect(may.rows).toEqual([{ right: true }]);
  } finally {
    await client.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    await client.end();
  }
});

test("makes the first partitions of filled deliveries and posts without a copy, and the way back copies them", async () => {
  await using database = await testDatabase();
  const client = new pg.Client({ connectionString: database.dsn });
  await client.connect();
  const id = newId();
  const relfilenode = async (table: string) =>
    (await client.query("SELECT relfilenode FROM pg_class WHERE oid = $1::regclass", [table])).rows;
  const columns = "account_id, command_id, tenant_id, channel_type, conversation_id, state, owner";
  const role = `service_${database.name.slice(5)}`;
  try {
    await migrateBefore(database.dsn, "0029");
    await client.query(
      `INSERT INTO deliveries (${columns}, external_ids, created_at, updated_at)
       SELECT $1, 'command ' || n, $1, 'slack', 'c', 'sent', 'o', ARRAY['p' || n], now() - interval '20 days',
              now() + (n - 999) * interval '2 days'
       FROM generate_series(1, 1000) n`,
      [id],
    );
    await client.query(
      `INSERT INTO delivery_posts (external_id, account_id, command_id, channel_type, conversation_id)
       SELECT 'p' || n, $1, 'command ' || n, 'slack', 'c' FROM generate_series(1, 1000) n`,
      [id],
    );
    await client.query(`CREATE ROLE ${role}; GRANT SELECT, INSERT ON deliveries TO ${role}`);
    const former = [await relfilenode("deliveries"), await relfilenode("delivery_posts")];
    await migrate({ dsn: database.dsn });
    expect([await relfilenode("deliveries_first"), await relfilenode("delivery_posts_first")]).toEqual(
      former,
    );
    // Kept until it would have been due.
    const late = "SELECT command_id FROM deliveries WHERE is_late";
    expect((await client.query(late)).rows).toEqual([{ command_id: "command 1000" }]);
    await using store = await openStore({ dsn: database.dsn, maxConnections: 1, applicationName: "test" });
    expect(await findPostedWith(store.pool, { accountId: id, externalId: "p7" })).toEqual(["p7"]);
    const claim = { tenantId: id, accountId: id, channelType: "slack", conversationId: "c", owner: "o" };
    const ledger = createDeliveryLedger(store.pool);
    const again = await ledger.claim({ ...claim, commandId: "command 7", operation: "send" });
    expect(again).toMatchObject({ kind: "sent", externalIds: ["p7"] });
    // The previous release inserts without the new columns.
    const insert = `INSERT INTO deliveries (${columns}) VALUES ($1, $2, $1, 'slack', 'c', 'sending', 'o')
      ON CONFLICT DO NOTHING`;
    expect((await client.query(insert, [id, "command 8"])).rowCount).toBe(0);
    expect((await client.query(insert, [id, "new"])).rowCount).toBe(1);
    const may = await client.query(
      `SELECT has_table_privilege($1, 'deliveries', 'INSERT') AND has_table_privilege($1, 'deliveries', 'SELECT')
         AND has_table_privilege($1, 'partitions', 'SELECT')
         AND has_table_privilege($1, 'delivery_boundary_keys', 'INSERT')
         AND NOT has_table_privilege($1, 'delivery_posts', 'SELECT') AS right`,
      [role],
    );
    expect(may.rows).toEqual([{ right: true }]);
    const count = "SELECT (SELECT count(*) FROM deliveries) + (SELECT count(*) FROM delivery_posts) AS count";
    await migrateDownTo(database.dsn, "0029");
    expect((await client.query(count)).rows).toEqual([{ count: "2001" }]);
    await migrate({ dsn: database.dsn });
    expect((await client.query(count)).rows).toEqual([{ count: "2001" }]);
  } finally {
    await client.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    await client.end();
  }
});

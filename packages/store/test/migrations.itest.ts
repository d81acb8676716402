import { eventually, testDatabase } from "@mio/testkit";
import { expect, test } from "vitest";
import { migrate, openStore } from "../src/index.ts";

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
    "SELECT indexname AS name FROM pg_indexes WHERE tablename IN ('deliveries', 'messages') ORDER BY 1",
  );
  expect(rows.map(({ name }) => name)).toEqual([
    "deliveries_conversation_recent_idx",
    "deliveries_due_at_idx",
    "deliveries_external_ids_idx",
    "deliveries_first_post_idx",
    "deliveries_pkey",
    "deliveries_retention_idx",
    "deliveries_waits_for_idx",
    "messages_account_id_source_message_id_key",
    "messages_account_second_source_idx",
    "messages_pkey",
    "messages_received_at_idx",
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

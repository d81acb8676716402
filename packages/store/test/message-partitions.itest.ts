import { create } from "@bufbuild/protobuf";
import { newId } from "@mio/envelope";
import { MessageRelationSchema } from "@mio/proto";
import { eventually } from "@mio/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  createLedger,
  type Db,
  findSourceMessageId,
  type LedgerDraft,
  migrate,
  openStore,
  readOutbox,
  removeFromOutbox,
  rotateMessages,
} from "../src/index.ts";
import { type StoreFixture, storeFixture } from "./support.ts";

let fixture: StoreFixture;
let db: Db;
beforeEach(async () => {
  fixture = await storeFixture();
  db = fixture.store.pool;
});
afterEach(() => fixture[Symbol.asyncDispose]());

const dayMs = 86_400_000;

/** Replaces all partitions by ones that end at these offsets from now, in seconds. */
async function partitionsUntil(...ends: readonly number[]): Promise<void> {
  await db.query("DROP TABLE messages_first");
  await db.query("DELETE FROM partitions WHERE parent = 'messages'");
  await db.query(
    "INSERT INTO partitions VALUES ('messages', 'none', '-infinity', now() - interval '400 days')",
  );
  for (const end of ends) {
    await db.query("SELECT mio_add_partition('messages', now() + $1 * interval '1 second')", [end]);
  }
  await db.query("DELETE FROM partitions WHERE name = 'none'");
}
const days = (count: number): number => count * 86_400;

async function partitions(): Promise<readonly { name: string; rows: number }[]> {
  const { rows } = await db.query<{ name: string; rows: number }>(
    `SELECT tableoid::regclass::text AS name, count(*)::int AS rows FROM messages GROUP BY 1 ORDER BY 1`,
  );
  return rows;
}

async function attached(): Promise<readonly string[]> {
  const { rows } = await db.query<{ name: string }>(
    `SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'messages'::regclass ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}

/** Moves the record of an event into the past. */
const recordedDaysAgo = (id: string, count: number) =>
  db.query("UPDATE messages SET recorded_at = now() - $2 * interval '1 day' WHERE id = $1", [id, count]);

const isKnown = async (messageId: string): Promise<boolean> =>
  (await findSourceMessageId(db, { accountId: fixture.accountId, messageId })) !== undefined;

test("recognizes an event by either id in any partition", async () => {
  await partitionsUntil(days(-40), days(-10), days(20));
  const draft = { ...fixture.draft(), secondId: "gesture" };
  const first = await createLedger(db).accept(draft);
  await recordedDaysAgo(first.messageId, 50);
  const again = await createLedger(db).accept(draft);
  expect(again).toMatchObject({ status: "pending", messageId: first.messageId });
  await removeFromOutbox(db, [first.messageId]);
  const other = await createLedger(db).accept({ ...fixture.draft(), secondId: "gesture" });
  expect(other).toMatchObject({ status: "published", messageId: first.messageId });
  expect(await partitions()).toMatchObject([{ rows: 1 }]);
});

test("a reply finds its root in an older partition", async () => {
  await partitionsUntil(days(-10), days(20));
  const root = fixture.draft();
  const { messageId } = await createLedger(db).accept(root);
  await recordedDaysAgo(messageId, 20);
  const relation = create(MessageRelationSchema, { targetExternalId: root.message.sourceMessageId });
  const { messageId: replyId } = await createLedger(db).accept(fixture.draft({ relation }));
  const { rows } = await db.query("SELECT thread_root_message_id AS root FROM messages WHERE id = $1", [
    replyId,
  ]);
  expect(rows).toEqual([{ root: messageId }]);
});

test.each([
  ["the source id", (draft: LedgerDraft) => draft],
  [
    "the second id",
    (draft: LedgerDraft) => ({ ...draft, message: { ...draft.message, sourceMessageId: newId() } }),
  ],
])("two gateways that race across the end of a partition record an event once: %s", async (_, copyOf) => {
  // Otherwise they would meet at the conversation.
  await createLedger(db).accept(fixture.draft());
  await db.query("DELETE FROM messages");
  await partitionsUntil(1, days(30));
  const client = await fixture.store.pool.connect();
  try {
    // The transaction's time is before the end, and it commits after it.
    await client.query("BEGIN");
    const draft: LedgerDraft = { ...fixture.draft(), secondId: "gesture" };
    const first = await createLedger(client as Db).accept(draft);
    const ended =
      "SELECT clock_timestamp() > min(ends_at) AS ended FROM partitions WHERE parent = 'messages'";
    await eventually(async () => expect((await db.query(ended)).rows).toEqual([{ ended: true }]));
    const racing = createLedger(db).accept(copyOf(draft));
    await eventually(async () => {
      const waiting = "SELECT FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'";
      expect((await db.query(waiting)).rowCount).toBe(1);
    });
    await client.query("COMMIT");
    expect(await racing).toMatchObject({ status: "pending", messageId: first.messageId });
    expect(await partitions()).toMatchObject([{ rows: 1 }]);
    const later = await createLedger(db).accept(fixture.draft());
    expect(later.status).toBe("fresh");
    expect(await partitions()).toHaveLength(2);
  } finally {
    client.release(true);
  }
});

test("ids are reserved only near the end of a partition, and forgotten later", async () => {
  const reserved = async () => (await db.query("SELECT FROM boundary_keys")).rowCount;
  await partitionsUntil(days(-10), days(20));
  await createLedger(db).accept(fixture.draft());
  expect(await reserved()).toBe(0);
  await db.query("INSERT INTO partitions VALUES ('messages', 'ends now', '-infinity', now())");
  await createLedger(db).accept(fixture.draft());
  await rotateMessages(db);
  expect(await reserved()).toBe(1);
  await db.query("DELETE FROM partitions WHERE name = 'ends now'");
  await rotateMessages(db);
  expect(await reserved()).toBe(0);
});

test("creates the next partition a week ahead, with the indexes and settings of the others", async () => {
  expect(await rotateMessages(db)).toMatchObject({ created: 0, dropped: 0, isSpilled: false });
  await partitionsUntil(days(-10), days(6));
  await db.query("ALTER TABLE messages_default SET (fillfactor = 71)");
  const { created, coveredUntil } = await rotateMessages(db);
  expect(created).toBe(1);
  expect(Math.round((coveredUntil.getTime() - Date.now()) / dayMs)).toBe(36);
  expect((await rotateMessages(db)).created).toBe(0);
  const name = (await attached()).filter((each) => each !== "messages_default").at(-1);
  const { rows: settings } = await db.query("SELECT reloptions FROM pg_class WHERE oid = $1::regclass", [
    name,
  ]);
  expect(settings).toEqual([{ reloptions: ["fillfactor=71"] }]);
  const { rows } = await db.query<{ columns: string }>(
    `SELECT regexp_replace(indexdef, '.* USING ', '') AS columns FROM pg_indexes
     WHERE indexdef LIKE 'CREATE UNIQUE%' AND tablename = $1 ORDER BY 1`,
    [name],
  );
  expect(rows.map(({ columns }) => columns)).toEqual([
    "btree (account_id, second_source_id) WHERE (second_source_id IS NOT NULL)",
    "btree (account_id, source_message_id)",
    "btree (id)",
  ]);
});

test("loses no event when there is no partition, and makes one of what was recorded meanwhile", async () => {
  await partitionsUntil(days(-10));
  const draft = fixture.draft();
  const { messageId } = await createLedger(db).accept(draft);
  expect(await partitions()).toEqual([{ name: "messages_default", rows: 1 }]);
  const rotation = await rotateMessages(db);
  expect(rotation).toMatchObject({ created: 1, isSpilled: false });
  const [filled] = await partitions();
  expect(filled).toMatchObject({ name: expect.stringMatching(/^messages_2/), rows: 1 });
  expect(await createLedger(db).accept(draft)).toMatchObject({ status: "pending", messageId });
  await createLedger(db).accept(fixture.draft());
  expect(await partitions()).toEqual([{ name: filled?.name, rows: 2 }]);
  expect(await attached()).toContain("messages_default");
});

test("drops a partition when all of its messages are old enough, except unconfirmed ones", async () => {
  await partitionsUntil(days(-91), days(-61), days(-31), days(20));
  const ledger = createLedger(db);
  const ids: string[] = [];
  for (let at = 0; at < 4; at += 1) ids.push((await ledger.accept(fixture.draft())).messageId);
  const [old = "", young = "", waiting = "", root = ""] = ids;
  await removeFromOutbox(db, [old, young, root]);
  for (const id of [old, waiting, root]) await recordedDaysAgo(id, 100);
  // In a partition that ended 61 days ago.
  await recordedDaysAgo(young, 90.5);
  await db.query("UPDATE messages SET thread_root_message_id = $2 WHERE id = $1", [young, root]);
  expect(await rotateMessages(db)).toMatchObject({ dropped: 0 });
  expect(await rotateMessages(db, 90 * dayMs)).toMatchObject({ dropped: 1 });
  expect(await Promise.all(ids.map(isKnown))).toEqual([false, true, true, false]);
  const due = { minAgeMs: 0, conversationIds: [] };
  expect(await readOutbox(db, { due, limit: 10 })).toMatchObject([{ messageId: waiting }]);
  expect(await rotateMessages(db, 90 * dayMs)).toMatchObject({ dropped: 0 });
});

test("moves many unconfirmed messages in batches before it drops their partition", async () => {
  await partitionsUntil(days(-100), days(20));
  const { messageId } = await createLedger(db).accept(fixture.draft());
  await db.query(
    `INSERT INTO messages (id, tenant_id, account_id, conversation_id, source_message_id, sender_external_id, recorded_at)
     SELECT gen_random_uuid(), tenant_id, account_id, conversation_id, 'many ' || n, 'U', now() - interval '200 days'
     FROM messages, generate_series(1, 2500) n WHERE id = $1`,
    [messageId],
  );
  await db.query("INSERT INTO outbox (message_id, draft) SELECT id, '' FROM messages WHERE id <> $1", [
    messageId,
  ]);
  expect(await rotateMessages(db, 90 * dayMs)).toMatchObject({ dropped: 0 });
  expect(await rotateMessages(db, 90 * dayMs)).toMatchObject({ dropped: 1 });
  expect(await partitions()).toMatchObject([{ rows: 2_501 }]);
});

test("gives up a lock that another statement holds, and does the rest later", async () => {
  await partitionsUntil(days(-100), days(6));
  const reader = await fixture.store.pool.connect();
  await reader.query("BEGIN");
  await reader.query("SELECT FROM messages");
  expect(await rotateMessages(db, 90 * dayMs)).toMatchObject({ created: 0, dropped: 0 });
  expect(await createLedger(db).accept(fixture.draft())).toMatchObject({ status: "fresh" });
  await reader.query("COMMIT");
  reader.release();
  expect(await rotateMessages(db, 90 * dayMs)).toMatchObject({ created: 1, dropped: 1 });
});

test("one process at a time rotates", async () => {
  await partitionsUntil(days(-100), days(6));
  const other = await fixture.store.pool.connect();
  await other.query("BEGIN");
  await other.query("SELECT pg_advisory_xact_lock(7306023)");
  expect(await rotateMessages(db, 90 * dayMs)).toMatchObject({ created: 0, dropped: 0 });
  await other.query("ROLLBACK");
  other.release();
  expect(await rotateMessages(db, 90 * dayMs)).toMatchObject({ created: 1, dropped: 1 });
});

test("a service that may only read and write rows rotates; a user who may not delete messages is refused", async () => {
  await partitionsUntil(days(-100), days(6));
  const suffix = fixture.database.name.slice(5);
  const service = `service_${suffix}`;
  const reader = `reader_${suffix}`;
  await db.query(`CREATE ROLE ${service} LOGIN PASSWORD 'p'; CREATE ROLE ${reader} LOGIN PASSWORD 'p'`);
  try {
    await db.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${service}`);
    await db.query(`GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${reader}`);
    const rotateAs = async (user: string) => {
      const url = new URL(fixture.database.dsn);
      url.username = user;
      url.password = "p";
      await using store = await openStore({ dsn: url.href, maxConnections: 1, applicationName: "test" });
      return await rotateMessages(store.pool, 90 * dayMs);
    };
    await expect(rotateAs(reader)).rejects.toMatchObject({ code: "store.write_failed" });
    expect(await rotateAs(service)).toMatchObject({ created: 1, dropped: 1 });
  } finally {
    await db.query(`DROP OWNED BY ${service}, ${reader}; DROP ROLE ${service}, ${reader}`);
  }
});

test("migrating creates the next partition", async () => {
  await partitionsUntil(days(-10), days(6));
  const before = (await attached()).length;
  await migrate({ dsn: fixture.database.dsn });
  expect(await attached()).toHaveLength(before + 1);
});

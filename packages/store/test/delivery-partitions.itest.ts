import { newId } from "@mio/envelope";
import { eventually } from "@mio/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  createDeliveryLedger,
  type Db,
  type DeliveryClaim,
  findDelivery,
  findPostedWith,
  migrate,
  openStore,
  rotateDeliveries,
  scheduleDelivery,
  suppressDelivery,
  takeOverDelivery,
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
const keepMs = 30 * dayMs;
const tables = ["deliveries", "delivery_posts"] as const;
const days = (count: number): number => count * 86_400;

/** Replaces all partitions of both tables by ones that end at these offsets from now, in seconds. */
async function partitionsUntil(...ends: readonly number[]): Promise<void> {
  const now = Date.now();
  const at = (seconds: number) => new Date(now + seconds * 1_000);
  for (const table of tables) {
    await db.query(`DROP TABLE ${table}_first`);
    await db.query("DELETE FROM partitions WHERE parent = $1", [table]);
    await db.query("INSERT INTO partitions VALUES ($1, 'none', '-infinity', $2)", [table, at(days(-400))]);
    for (const end of ends) await db.query("SELECT mio_add_partition($1, $2)", [table, at(end)]);
  }
  await db.query("DELETE FROM partitions WHERE name = 'none'");
}

async function attached(table: string): Promise<readonly string[]> {
  const { rows } = await db.query<{ name: string }>(
    `SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = $1::regclass
       AND inhrelid::regclass::text NOT LIKE '%default' ORDER BY 1`,
    [table],
  );
  return rows.map(({ name }) => name);
}

/** Rotates until there is nothing to do; returns the sums. */
async function rotateAll(): Promise<{ created: number; moved: number; dropped: number }> {
  const sums = { created: 0, moved: 0, dropped: 0 };
  for (;;) {
    const { created, moved, dropped } = await rotateDeliveries(db, keepMs);
    if (created + moved + dropped === 0) return sums;
    sums.created += created;
    sums.moved += moved;
    sums.dropped += dropped;
  }
}

const placeOf = (commandId: string) => ({
  tenantId: fixture.tenantId,
  accountId: fixture.accountId,
  commandId,
  channelType: "slack",
  conversationId: "c",
});
const claimOf = (commandId: string): DeliveryClaim => ({
  ...placeOf(commandId),
  owner: "o",
  operation: "send",
});
const attemptOf = (commandId: string, attempt = 1) => ({
  accountId: fixture.accountId,
  commandId,
  owner: "o",
  attempt,
});
const stateOf = async (commandId: string) =>
  (await findDelivery(db, { accountId: fixture.accountId, commandId }))?.state;

/** Moves a command and its posts into the past, as if it had last changed then. */
async function storedDaysAgo(commandId: string, count: number): Promise<void> {
  await db.query(
    `UPDATE deliveries SET stored_at = now() - $2 * interval '1 day', created_at = now() - $2 * interval '1 day',
       updated_at = now() - $2 * interval '1 day' WHERE command_id = $1`,
    [commandId, count],
  );
  await db.query(
    "UPDATE delivery_posts SET created_at = now() - $2 * interval '1 day' WHERE command_id = $1",
    [commandId, count],
  );
}

/** A command that was claimed and sent `count` days ago, with one post. */
async function sentDaysAgo(count: number): Promise<string> {
  const id = newId();
  const ledger = createDeliveryLedger(db);
  await ledger.claim(claimOf(id));
  await ledger.end(attemptOf(id), { state: "sent", externalIds: [`${id}-a`] });
  await storedDaysAgo(id, count);
  return id;
}

async function countRows(): Promise<number> {
  const { rows } = await db.query<{ count: number }>("SELECT count(*)::int AS count FROM deliveries");
  return rows[0]?.count ?? 0;
}

test("a command is known in any partition, by every statement that would insert it", async () => {
  await partitionsUntil(days(-40), days(-10), days(20));
  const id = await sentDaysAgo(50);
  expect(await createDeliveryLedger(db).claim(claimOf(id))).toMatchObject({ kind: "sent", attempt: 1 });
  expect(await scheduleDelivery(db, placeOf(id), { dueAt: new Date() })).toBe(false);
  expect(await suppressDelivery(db, placeOf(id), { code: "c", reason: "r" })).toBe(false);
  expect(await findPostedWith(db, { accountId: fixture.accountId, externalId: `${id}-a` })).toEqual([
    `${id}-a`,
  ]);
  expect(await countRows()).toBe(1);
});

type Insert = (db: Db, id: string) => Promise<unknown>;
const inserts: Readonly<Record<string, Insert>> = {
  claim: (on, id) => createDeliveryLedger(on).claim(claimOf(id)),
  redrive: (on, id) => createDeliveryLedger(on).claim({ ...claimOf(id), redrive: "token" }),
  schedule: (on, id) => scheduleDelivery(on, placeOf(id), { dueAt: new Date(Date.now() + dayMs) }),
  suppress: (on, id) => suppressDelivery(on, placeOf(id), { code: "c", reason: "r" }),
};

test.each([
  ["claim", "claim", { kind: "interrupted", attempt: 1 }, "sending"],
  ["claim", "redrive", { kind: "interrupted", attempt: 1 }, "sending"],
  ["claim", "schedule", false, "sending"],
  ["claim", "suppress", false, "sending"],
  ["schedule", "claim", { kind: "interrupted", attempt: 0 }, "scheduled"],
  ["schedule", "schedule", true, "scheduled"],
  ["schedule", "suppress", true, "suppressed"],
  ["suppress", "claim", { kind: "ended", state: "suppressed" }, "suppressed"],
])(
  "two processes that race across the end of a partition record a command once: %s, %s",
  async (first, second, found, state) => {
    await partitionsUntil(1, days(30));
    const id = newId();
    const client = await fixture.store.pool.connect();
    try {
      // The transaction's time is before the end, and it commits after it.
      await client.query("BEGIN");
      await inserts[first]?.(client as Db, id);
      const ended =
        "SELECT clock_timestamp() > min(ends_at) AS ended FROM partitions WHERE parent = 'deliveries'";
      await eventually(async () => expect((await db.query(ended)).rows).toEqual([{ ended: true }]));
      const racing = inserts[second]?.(db, id);
      await eventually(async () => {
        const waiting = "SELECT FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'";
        expect((await db.query(waiting)).rowCount).toBe(1);
      });
      await client.query("COMMIT");
      const result = await racing;
      if (typeof found === "boolean") expect(result).toBe(found);
      else expect(result).toMatchObject(found);
      expect([await countRows(), await stateOf(id)]).toEqual([1, state]);
      await createDeliveryLedger(db).claim(claimOf(newId()));
      const { rowCount } = await db.query("SELECT DISTINCT tableoid FROM deliveries");
      expect(rowCount).toBe(2);
    } finally {
      client.release(true);
    }
  },
);

test("commands are reserved only near the end of a partition, and forgotten later", async () => {
  const reserved = async () => (await db.query("SELECT FROM delivery_boundary_keys")).rowCount;
  await partitionsUntil(days(-10), days(20));
  for (const insert of Object.values(inserts)) await insert(db, newId());
  expect(await reserved()).toBe(0);
  await db.query("INSERT INTO partitions VALUES ('deliveries', 'ends now', '-infinity', now())");
  for (const insert of Object.values(inserts)) await insert(db, newId());
  await rotateDeliveries(db);
  expect(await reserved()).toBe(4);
  await db.query("DELETE FROM partitions WHERE name = 'ends now'");
  await rotateDeliveries(db);
  expect(await reserved()).toBe(0);
});

test("drops a partition after the retention and a day, with the posts in it", async () => {
  await partitionsUntil(days(-32), days(-30.5), days(20));
  const old = await sentDaysAgo(33);
  const young = await sentDaysAgo(31);
  expect(await rotateAll()).toEqual({ created: 0, moved: 0, dropped: 2 });
  expect([await stateOf(old), await stateOf(young)]).toEqual([undefined, "sent"]);
  const posts = await db.query("SELECT command_id FROM delivery_posts");
  expect(posts.rows).toEqual([{ command_id: young }]);
  expect([(await attached("deliveries")).length, (await attached("delivery_posts")).length]).toEqual([2, 2]);
  expect(await rotateDeliveries(db)).toMatchObject({ dropped: 0 });
});

test("commands that wait, are due or changed lately outlive their partition, with their posts", async () => {
  await partitionsUntil(days(-60), days(-20), days(20));
  const ledger = createDeliveryLedger(db);
  const id = { ahead: newId(), canceled: newId(), begun: newId(), retried: newId(), edited: newId() };
  const later = new Date(Date.now() + 340 * dayMs);
  await scheduleDelivery(db, placeOf(id.ahead), { dueAt: later });
  await storedDaysAgo(id.ahead, 90);
  // Its message may arrive until then.
  await scheduleDelivery(db, placeOf(id.canceled), { dueAt: later });
  await storedDaysAgo(id.canceled, 90);
  await suppressDelivery(db, placeOf(id.canceled), { code: "delivery.suppressed", reason: "canceled" });
  await scheduleDelivery(db, placeOf(id.begun), { dueAt: new Date() });
  await storedDaysAgo(id.begun, 90);
  expect(await ledger.claim(claimOf(id.begun))).toMatchObject({ kind: "claimed", attempt: 1 });
  await ledger.claim(claimOf(id.retried));
  const failed = { state: "waiting", externalIds: [`${id.retried}-a`], code: "c", reason: "r" } as const;
  await ledger.end(attemptOf(id.retried), failed);
  await storedDaysAgo(id.retried, 90);
  expect(await ledger.claim(claimOf(id.retried))).toMatchObject({ attempt: 2 });
  await ledger.end(attemptOf(id.retried, 2), { state: "sent", externalIds: [`${id.retried}-a`] });
  const forgotten = [await sentDaysAgo(90), newId(), newId()];
  const [, waiting = "", overdue = ""] = forgotten;
  await ledger.claim(claimOf(waiting));
  await storedDaysAgo(waiting, 90);
  await scheduleDelivery(db, placeOf(overdue), { dueAt: new Date(Date.now() - 50 * dayMs) });
  await storedDaysAgo(overdue, 90);
  const readAll = async () =>
    (
      await db.query(
        `SELECT command_id, state, attempt, owner, external_ids, due_at, created_at, updated_at, beat_at, started_at
         FROM deliveries WHERE command_id <> ALL ($1) ORDER BY 1`,
        [forgotten],
      )
    ).rows;
  const before = await readAll();
  expect(before).toHaveLength(4);
  expect(await rotateAll()).toEqual({ created: 0, moved: 4, dropped: 2 });
  expect(await Promise.all(forgotten.map(stateOf))).toEqual([undefined, undefined, undefined]);
  expect(await readAll()).toEqual(before);
  const post = { accountId: fixture.accountId, externalId: `${id.retried}-a` };
  expect(await findPostedWith(db, post)).toEqual([post.externalId]);
  // Those that are due far ahead outlive the next partition too.
  await db.query("UPDATE deliveries SET stored_at = now() - interval '50 days'");
  await db.query("UPDATE deliveries SET updated_at = now() - interval '40 days' WHERE updated_at < now()");
  await db.query("UPDATE partitions SET ends_at = ends_at - interval '20 days' WHERE ends_at < now()");
  await rotateAll();
  expect([await stateOf(id.ahead), await stateOf(id.canceled)]).toEqual(["scheduled", "suppressed"]);
  expect([await stateOf(id.begun), await stateOf(id.retried)]).toEqual([undefined, undefined]);
});

test("a process that ends, claims or takes over a command while it is moved finds it", async () => {
  await partitionsUntil(days(-60), days(20));
  const ledger = createDeliveryLedger(db);
  const [ending = "", claimed = "", taken = ""] = [newId(), newId(), newId()];
  for (const id of [ending, claimed, taken]) {
    await scheduleDelivery(db, placeOf(id), { dueAt: new Date() });
    await storedDaysAgo(id, 90);
  }
  for (const id of [ending, taken]) await ledger.claim(claimOf(id));
  const client = await fixture.store.pool.connect();
  try {
    await client.query("BEGIN");
    expect(await rotateDeliveries(client as Db, keepMs)).toMatchObject({ moved: 3 });
    const waiting = [
      ledger.end(attemptOf(ending), { state: "sent", externalIds: [] }),
      ledger.claim(claimOf(claimed)),
      takeOverDelivery(db, attemptOf(taken), []),
    ];
    await eventually(async () => {
      const locks = "SELECT FROM pg_locks WHERE NOT granted AND relation = 'deliveries'::regclass";
      expect((await client.query(locks)).rowCount).toBe(3);
    });
    await client.query("COMMIT");
    expect(await Promise.all(waiting)).toEqual([true, { kind: "claimed", attempt: 1, externalIds: [] }, 2]);
    expect(await countRows()).toBe(3);
  } finally {
    client.release(true);
  }
});

test("moves many commands in batches before it drops their partition", async () => {
  await partitionsUntil(days(-60), days(20));
  await db.query(
    `INSERT INTO deliveries (account_id, command_id, tenant_id, channel_type, conversation_id, state, owner, stored_at,
                             updated_at, is_late)
     SELECT $1, n::text, $2, 'slack', 'c', 'sent', '', now() - interval '90 days',
            now() - CASE WHEN n % 2 = 0 THEN interval '2 days' ELSE interval '80 days' END, true
     FROM generate_series(1, 1200) n`,
    [fixture.accountId, fixture.tenantId],
  );
  for (const moved of [500, 500, 200]) {
    expect(await rotateDeliveries(db, keepMs)).toMatchObject({ moved, dropped: 0 });
  }
  expect(await rotateAll()).toEqual({ created: 0, moved: 0, dropped: 2 });
  expect(await countRows()).toBe(600);
});

test("creates the next partitions of both tables a week ahead, with the same bounds and settings", async () => {
  await partitionsUntil(days(-10), days(6));
  await db.query("ALTER TABLE deliveries_default SET (fillfactor = 51)");
  expect(await rotateAll()).toEqual({ created: 2, moved: 0, dropped: 0 });
  const { rows } = await db.query("SELECT starts_at, ends_at FROM partitions WHERE parent = $1", [tables[0]]);
  const same = await db.query("SELECT starts_at, ends_at FROM partitions WHERE parent = $1", [tables[1]]);
  expect([rows.length, same.rows]).toEqual([3, rows]);
  const { rows: settings } = await db.query("SELECT reloptions FROM pg_class WHERE oid = $1::regclass", [
    (await attached("deliveries")).at(-1),
  ]);
  expect(settings).toEqual([{ reloptions: ["fillfactor=51"] }]);
});

test("migrating creates the next partitions", async () => {
  await partitionsUntil(days(-10), days(6));
  await migrate({ dsn: fixture.database.dsn });
  expect(await Promise.all(tables.map(async (table) => (await attached(table)).length))).toEqual([3, 3]);
});

test("loses no command when there is no partition, and makes one of what was recorded meanwhile", async () => {
  await partitionsUntil(days(-10));
  const ledger = createDeliveryLedger(db);
  const id = newId();
  await ledger.claim(claimOf(id));
  await ledger.end(attemptOf(id), { state: "sent", externalIds: [`${id}-a`] });
  const { isSpilled } = await rotateDeliveries(db);
  expect(isSpilled).toBe(true);
  expect(await rotateDeliveries(db)).toMatchObject({ created: 1, isSpilled: false });
  expect(await ledger.claim(claimOf(id))).toMatchObject({ kind: "sent" });
  // The new partition marks late changes as the others do.
  await db.query("UPDATE deliveries SET updated_at = now() + interval '2 days'");
  expect((await db.query("SELECT is_late FROM deliveries")).rows).toEqual([{ is_late: true }]);
  expect(await findPostedWith(db, { accountId: fixture.accountId, externalId: `${id}-a` })).toHaveLength(1);
});

test("gives up a lock that another statement holds, and does the rest later", async () => {
  await partitionsUntil(days(-60), days(6));
  const reader = await fixture.store.pool.connect();
  await reader.query("BEGIN");
  await reader.query("SELECT FROM deliveries");
  expect(await rotateDeliveries(db, keepMs)).toMatchObject({ created: 0, moved: 0, dropped: 0 });
  expect(await createDeliveryLedger(db).claim(claimOf(newId()))).toMatchObject({ kind: "claimed" });
  await reader.query("COMMIT");
  reader.release();
  expect(await rotateAll()).toEqual({ created: 2, moved: 0, dropped: 2 });
});

test("one process at a time rotates", async () => {
  await partitionsUntil(days(-60), days(6));
  const other = await fixture.store.pool.connect();
  await other.query("BEGIN");
  await other.query("SELECT pg_advisory_xact_lock(7306022)");
  expect(await rotateAll()).toEqual({ created: 0, moved: 0, dropped: 0 });
  await other.query("ROLLBACK");
  other.release();
  expect(await rotateAll()).toEqual({ created: 2, moved: 0, dropped: 2 });
});

test("a service that may only read and write rows rotates; a user who may not delete commands is refused", async () => {
  await partitionsUntil(days(-60), days(20));
  const suffix = fixture.database.name.slice(5);
  const service = `service_${suffix}`;
  const reader = `reader_${suffix}`;
  await db.query(`CREATE ROLE ${service} LOGIN PASSWORD 'p'; CREATE ROLE ${reader} LOGIN PASSWORD 'p'`);
  try {
    await db.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${service}`);
    await db.query(`GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${reader}`);
    const openAs = async (user: string) => {
      const url = new URL(fixture.database.dsn);
      url.username = user;
      url.password = "p";
      return await openStore({ dsn: url.href, maxConnections: 1, applicationName: "test" });
    };
    await using refused = await openAs(reader);
    await expect(rotateDeliveries(refused.pool)).rejects.toMatchObject({ code: "store.write_failed" });
    await using allowed = await openAs(service);
    const id = newId();
    await scheduleDelivery(allowed.pool, placeOf(id), { dueAt: new Date() });
    await storedDaysAgo(id, 90);
    // A late change, which marks the command.
    expect(await createDeliveryLedger(allowed.pool).claim(claimOf(id))).toMatchObject({ kind: "claimed" });
    expect(await rotateDeliveries(allowed.pool, keepMs)).toMatchObject({ moved: 1 });
    expect(await rotateDeliveries(allowed.pool, keepMs)).toMatchObject({ dropped: 1 });
  } finally {
    await db.query(`DROP OWNED BY ${service}, ${reader}; DROP ROLE ${service}, ${reader}`);
  }
});

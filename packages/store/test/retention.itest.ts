import { newId } from "@mio/envelope";
import { systemClock } from "@mio/pacing";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import {
  createDeliveryLedger,
  purgeDeliveries,
  purgeRateBuckets,
  purgeRedrives,
  removeOld,
  replaceRateBucket,
  scheduleDelivery,
  suppressDelivery,
} from "../src/index.ts";
import { type StoreFixture, storeFixture } from "./support.ts";

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await storeFixture();
});
afterAll(() => fixture[Symbol.asyncDispose]());
beforeEach(() => fixture.store.pool.query("DELETE FROM deliveries"));

const dayMs = 86_400_000;
const daysAgo = (days: number): Date => new Date(Date.now() - days * dayMs);
const retention = { endedBefore: daysAgo(30), orphanedBefore: daysAgo(60) };

/** A record changed at this time; returns its command id. */
async function aDelivery(state: string, changed: Date, due?: Date): Promise<string> {
  const id = newId();
  await fixture.store.pool.query(
    `INSERT INTO deliveries (account_id, command_id, tenant_id, channel_type, conversation_id, state, owner, created_at, updated_at, due_at)
     VALUES ($1, $2, $3, 'slack', 'c', $4, '', $5, $5, $6)`,
    [fixture.accountId, id, fixture.tenantId, state, changed, due ?? null],
  );
  return id;
}
const left = async (): Promise<readonly string[]> => {
  const { rows } = await fixture.store.pool.query<{ command_id: string }>(
    "SELECT command_id FROM deliveries",
  );
  return rows.map((row) => row.command_id).sort();
};
const purge = () => purgeDeliveries(fixture.store.pool, retention);

test.each(["sent", "unknown", "dead", "suppressed"])(
  "a command that ended as %s is removed after its retention, not before",
  async (state) => {
    const young = await aDelivery(state, daysAgo(29));
    await aDelivery(state, daysAgo(31));
    expect(await purge()).toBe(1);
    expect(await left()).toEqual([young]);
  },
);

test.each(["scheduled", "waiting", "sending"])(
  "a command that is %s stays until no process can have it any more",
  async (state) => {
    const open = await aDelivery(state, daysAgo(59));
    await aDelivery(state, daysAgo(61));
    expect(await purge()).toBe(1);
    expect(await left()).toEqual([open]);
  },
);

test("a command that is not due yet is never removed, even if suppressed", async () => {
  const ahead = new Date(Date.now() + 340 * dayMs);
  const kept = [
    await aDelivery("scheduled", daysAgo(365), ahead),
    await aDelivery("suppressed", daysAgo(365), ahead),
    await aDelivery("scheduled", daysAgo(365), daysAgo(59)),
    await aDelivery("suppressed", daysAgo(365), daysAgo(29)),
  ];
  await aDelivery("scheduled", daysAgo(365), daysAgo(61));
  await aDelivery("suppressed", daysAgo(365), daysAgo(31));
  expect(await purge()).toBe(2);
  expect(await left()).toEqual(kept.sort());
});

test("a command that changed lately stays, however old it is", async () => {
  const retried = await aDelivery("sent", daysAgo(50));
  await fixture.store.pool.query("UPDATE deliveries SET updated_at = $1", [daysAgo(29)]);
  expect(await purge()).toBe(0);
  expect(await left()).toEqual([retried]);
});

test("a command that was canceled before it was due stays until its message can no longer arrive", async () => {
  const { tenantId, accountId, store } = fixture;
  const place = { tenantId, accountId, commandId: newId(), channelType: "slack", conversationId: "c" };
  await scheduleDelivery(store.pool, place, { dueAt: new Date(Date.now() + 340 * dayMs) });
  await suppressDelivery(store.pool, place, { code: "delivery.suppressed", reason: "canceled" });
  await store.pool.query("UPDATE deliveries SET created_at = $1", [daysAgo(50)]);
  expect(await purge()).toBe(0);
  expect(await left()).toEqual([place.commandId]);
});

test("removes the platform ids of a command with it", async () => {
  const { tenantId, accountId, store } = fixture;
  const ledger = createDeliveryLedger(store.pool);
  for (const commandId of [newId(), newId()]) {
    const place = { tenantId, accountId, commandId, channelType: "slack", conversationId: "c" };
    await ledger.claim({ ...place, owner: "o", operation: "send" });
    const externalIds = [`${commandId}-a`, `${commandId}-b`];
    await ledger.end({ accountId, commandId, owner: "o", attempt: 1 }, { state: "sent", externalIds });
  }
  const [old = ""] = await left();
  await store.pool.query("UPDATE deliveries SET created_at = $2, updated_at = $2 WHERE command_id = $1", [
    old,
    daysAgo(31),
  ]);
  expect(await purge()).toBe(1);
  const { rows } = await store.pool.query<{ command_id: string }>("SELECT command_id FROM delivery_posts");
  expect([...new Set(rows.map(({ command_id }) => command_id))]).toEqual(await left());
});

test("keeps unfinished commands at least as long as ended ones", async () => {
  await aDelivery("sent", daysAgo(20));
  const open = await aDelivery("waiting", daysAgo(20));
  const swapped = { endedBefore: daysAgo(30), orphanedBefore: daysAgo(10) };
  expect(await purgeDeliveries(fixture.store.pool, swapped)).toBe(0);
  expect(await left()).toContain(open);
});

test("removes old commands in batches, oldest first, one process at a time", async () => {
  const { pool, tenantId, accountId } = { ...fixture, pool: fixture.store.pool };
  await pool.query(
    `INSERT INTO deliveries (account_id, command_id, tenant_id, channel_type, conversation_id, state, owner, created_at, updated_at)
     SELECT $1, n::text, $2, 'slack', 'c', 'sent', '', at, at
     FROM (SELECT n, now() - interval '100 days' + n * interval '1 second' AS at FROM generate_series(1, 4500) n) s`,
    [accountId, tenantId],
  );
  const client = await pool.connect();
  await client.query("BEGIN");
  await client.query("SELECT pg_advisory_xact_lock(7306022)");
  expect(await purge()).toBe(0);
  await client.query("ROLLBACK");
  client.release();
  expect(await purge()).toBe(2_000);
  const { rows } = await pool.query<{ least: number }>(
    "SELECT min(command_id::int) AS least FROM deliveries",
  );
  expect(rows).toEqual([{ least: 2_001 }]);
  const reports: number[] = [];
  const signal = new AbortController().signal;
  await removeOld({ purge, clock: systemClock, signal, onRemoved: (count) => reports.push(count) });
  expect([reports, await left()]).toEqual([[2_500], []]);
});

test("removes unused rate buckets in batches, oldest first, one process at a time", async () => {
  const { pool } = fixture.store;
  await pool.query(
    `INSERT INTO rate_buckets (key, version, state, updated_at)
     SELECT n::text, 1, '{}', now() - interval '100 days' + n * interval '1 second' FROM generate_series(1, 4500) n`,
  );
  await replaceRateBucket(pool, "used", { version: 0, state: {} });
  const purgeBuckets = () => purgeRateBuckets(pool, new Date());
  const client = await pool.connect();
  await client.query("BEGIN");
  await client.query("SELECT pg_advisory_xact_lock(7306024)");
  expect(await purgeBuckets()).toBe(0);
  await client.query("ROLLBACK");
  client.release();
  expect(await purgeBuckets()).toBe(2_000);
  const { rows } = await pool.query<{ least: number }>(
    "SELECT min(key::int) AS least FROM rate_buckets WHERE key <> 'used'",
  );
  expect(rows).toEqual([{ least: 2_001 }]);
  expect([await purgeBuckets(), await purgeBuckets(), await purgeBuckets()]).toEqual([2_000, 500, 0]);
  expect((await pool.query("SELECT key FROM rate_buckets")).rows).toEqual([{ key: "used" }]);
});

test("removes old redrives in batches, oldest first", async () => {
  const { pool } = fixture.store;
  await pool.query(
    `INSERT INTO delivery_redrives (account_id, command_id, token, requested_by, requested_at)
     SELECT $1, n::text, 't', '', now() - interval '100 days' + n * interval '1 second' FROM generate_series(1, 2500) n`,
    [fixture.accountId],
  );
  expect(await purgeRedrives(pool, daysAgo(30))).toBe(2_000);
  const { rows } = await pool.query<{ least: number }>(
    "SELECT min(command_id::int) AS least FROM delivery_redrives",
  );
  expect(rows).toEqual([{ least: 2_001 }]);
  expect([await purgeRedrives(pool, daysAgo(30)), await purgeRedrives(pool, daysAgo(30))]).toEqual([500, 0]);
});

test("a removal ends on abort and reports its count", async () => {
  const stop = new AbortController();
  const reports: number[] = [];
  let calls = 0;
  const purgeOnce = async (): Promise<number> => {
    calls += 1;
    if (calls === 3) stop.abort();
    return 10;
  };
  const clock = { ...systemClock, sleep: async () => {} };
  await removeOld({
    purge: purgeOnce,
    clock,
    signal: stop.signal,
    onRemoved: (count) => reports.push(count),
  });
  expect([calls, reports]).toEqual([3, [30]]);
});

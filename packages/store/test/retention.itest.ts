import { systemClock } from "@mio/pacing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { purgeRateBuckets, purgeRedrives, removeOld, replaceRateBucket } from "../src/index.ts";
import { type StoreFixture, storeFixture } from "./support.ts";

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await storeFixture();
});
afterAll(() => fixture[Symbol.asyncDispose]());

const dayMs = 86_400_000;
const daysAgo = (days: number): Date => new Date(Date.now() - days * dayMs);
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

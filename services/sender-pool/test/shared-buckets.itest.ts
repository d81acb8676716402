import { systemClock, type Timers } from "@mio/pacing";
import { type Db, migrate, openStore } from "@mio/store";
import { testDatabase } from "@mio/testkit";
import { expect, it } from "vitest";
import { createSharedBuckets } from "../src/rates/buckets.ts";
import { createGovernor } from "../src/rates/governor.ts";

async function openDatabase() {
  await using opening = new AsyncDisposableStack();
  const template = { name: "store", prepare: async (dsn: string) => void (await migrate({ dsn })) };
  const { dsn } = opening.use(await testDatabase({ template }));
  const store = opening.use(await openStore({ dsn, maxConnections: 4, applicationName: "test" }));
  const opened = opening.move();
  return { store, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

it("a change that another pool was faster with is made again, on what that pool left", async () => {
  await using database = await openDatabase();
  const { pool } = database.store;
  const limit = { key: "a", perSecond: 100 };
  const clock = { now: () => new Date() };
  const [one, other] = [createSharedBuckets(pool, clock), createSharedBuckets(pool, clock)];
  const seen: number[] = [];
  const take = (buckets: typeof one, count: number) =>
    buckets.change(limit, (bucket) => {
      seen.push(bucket.tokens);
      return { ...bucket, tokens: bucket.tokens - count };
    });
  await take(one, 10);
  await take(other, 20);
  // It has not seen the change before.
  await take(one, 5);
  expect(seen).toEqual([100, 90, 90, 70]);
  await take(other, 0);
  expect(seen.at(-1)).toBe(65);
});

it("a pool whose clock is an hour ahead takes no turns from one whose clock is right", async () => {
  await using database = await openDatabase();
  const { store } = database;
  const limit = { key: "a", perSecond: 100 };
  const pools = [3_600_000, 0, -3_600_000].map((aheadMs) => {
    const clock = { now: () => new Date(Date.now() + aheadMs) };
    return createSharedBuckets(store.pool, clock);
  });
  const waits: number[] = [];
  const after: Timers["after"] = (ms, ring) => {
    waits.push(ms);
    return systemClock.after(ms, ring);
  };
  const governors = pools.map((buckets) => createGovernor({ after }, buckets));
  const never = new AbortController().signal;
  // More than the burst, by each in turn, so that each finds what the others left.
  for (let round = 0; round < 3; round += 1) {
    for (const governor of governors) {
      const turns = Array.from({ length: 40 }, () =>
        governor.turn({ limit, rank: "answer", askedAt: 0 }, never),
      );
      await Promise.all(turns);
    }
  }
  expect(Math.max(...waits)).toBeLessThan(2_000);
  const times = pools.map((buckets) => buckets.now());
  expect(Math.max(...times) - Math.min(...times)).toBeLessThan(1_000);
  await governors[0]?.throttled(limit, 60_000);
  await governors[1]?.giveBack(limit);
  for (const buckets of pools.slice(0, 2)) {
    const pauseMs = buckets.pausedUntil(limit.key) - Date.now();
    expect(pauseMs).toBeGreaterThan(55_000);
    expect(pauseMs).toBeLessThan(61_000);
  }
  expect(governors.slice(0, 2).map((governor) => governor.isPaused(limit))).toEqual([true, true]);
});

it("two pools that take slices of one bucket stay within rate and burst together, in few statements", async () => {
  await using database = await openDatabase();
  const limit = { key: "a", perSecond: 400 };
  let statements = 0;
  const { pool } = database.store;
  const query = (...asked: Parameters<typeof pool.query>) => {
    statements += 1;
    return pool.query(...asked);
  };
  const db: Db = Object.assign(Object.create(pool), { query });
  const governors = [1, 2].map(() => createGovernor(systemClock, createSharedBuckets(db, systemClock)));
  const start = performance.now();
  const turns = await Promise.all(
    governors.map(async (governor) => {
      let count = 0;
      for (; performance.now() - start < 1_500; count += 1) {
        await governor.turn({ limit, rank: "answer", askedAt: 0 }, new AbortController().signal);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      return count;
    }),
  );
  const seconds = (performance.now() - start) / 1_000;
  const all = turns.reduce((sum, count) => sum + count, 0);
  expect(all).toBeGreaterThan(limit.perSecond);
  expect(all).toBeLessThanOrEqual(limit.perSecond * (1 + seconds) + 1);
  expect(statements).toBeLessThan(all / 2);
});

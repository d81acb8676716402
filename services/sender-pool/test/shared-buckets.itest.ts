import { migrate, openStore } from "@mio/store";
import { testDatabase } from "@mio/testkit";
import { expect, it } from "vitest";
import { createGovernor } from "../src/rates/governor.ts";
import { createSharedBuckets } from "../src/rates/shared-buckets.ts";

it("a pool whose clock is an hour ahead takes no turns from one whose clock is right", async () => {
  await using database = await testDatabase({
    template: { name: "store", prepare: async (dsn) => void (await migrate({ dsn })) },
  });
  await using store = await openStore({ dsn: database.dsn, maxConnections: 4, applicationName: "test" });
  const limit = { key: "a", perSecond: 100 };
  const pools = [3_600_000, 0, -3_600_000].map((aheadMs) => {
    const clock = { now: () => new Date(Date.now() + aheadMs) };
    return createSharedBuckets(store.pool, clock);
  });
  const sleeps: number[] = [];
  const sleep = async (ms: number): Promise<void> => {
    sleeps.push(ms);
    await new Promise((resolve) => setTimeout(resolve, ms));
  };
  const governors = pools.map((buckets) => createGovernor({ sleep }, buckets));
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
  expect(Math.max(...sleeps)).toBeLessThan(2_000);
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

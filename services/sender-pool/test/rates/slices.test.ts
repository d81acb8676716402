import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SharedBuckets } from "../../src/rates/buckets.ts";
import { createGovernor, type Governor } from "../../src/rates/governor.ts";
import { createSlices } from "../../src/rates/slices.ts";
import { manualClock } from "../manual-clock.ts";
import { createMemoryBuckets } from "../simulation/memory-buckets.ts";

const limit = { key: "a", perSecond: 100 };
const never = new AbortController().signal;
const request = { limit, rank: "answer", askedAt: 0 } as const;

function open() {
  const clock = manualClock();
  const kept = createMemoryBuckets(clock);
  const seen = { changes: 0 };
  const buckets: SharedBuckets = {
    slowed: 0,
    now: kept.now,
    pausedUntil: kept.pausedUntil,
    change: (...change) => {
      seen.changes += 1;
      return kept.change(...change);
    },
  };
  return {
    clock,
    seen,
    kept,
    governor: createGovernor(clock, buckets),
    other: createGovernor(clock, buckets),
  };
}

async function taken(governor: Governor, most: number): Promise<number> {
  let count = 0;
  while (count < most && (await governor.turnNow(request))) count += 1;
  return count;
}

describe("turns taken in slices", () => {
  it("need one statement for a quarter of a second of the rate", async () => {
    const { clock, seen, governor } = open();
    for (let ms = 0; ms < 2_000; ms += 20) {
      await governor.turn(request, never);
      await clock.advance(20);
    }
    // Fifty turns a second, which is half of the rate.
    expect(seen.changes).toBeLessThanOrEqual(9);
  });

  it("are not taken in advance where a quarter of a second is less than two turns", () => {
    const slices = createSlices(() => 0);
    const sizes = [7.9, 8, 100].map((perSecond) => slices.sizeOf({ key: "a", perSecond }));
    expect(sizes).toEqual([0, 2, 25]);
  });

  it("leave the burst to another process that takes it at the same moment", async () => {
    const { governor, other } = open();
    expect(await taken(governor, 1)).toBe(1);
    expect(await taken(other, 1_000)).toBe(75);
    expect(await taken(governor, 1_000)).toBe(24);
  });

  it("shrink as the bucket fills up, and are dropped after a quarter of a second", async () => {
    const { clock, governor, other } = open();
    expect(await taken(governor, 1)).toBe(1);
    await clock.advance(100);
    expect(await taken(other, 1_000)).toBe(85);
    expect(await taken(governor, 1_000)).toBe(15);
    await clock.advance(10_000);
    expect(await taken(governor, 1)).toBe(1);
    await clock.advance(250);
    expect(await taken(other, 1_000)).toBe(100);
    expect(await taken(governor, 1_000)).toBe(0);
  });

  it("are given up when the platform throttles this process, and within a quarter of a second otherwise", async () => {
    const { clock, governor, other } = open();
    for (const one of [governor, other]) expect(await taken(one, 1)).toBe(1);
    await governor.throttled(limit, 5_000);
    expect(await taken(governor, 1)).toBe(0);
    await clock.advance(250);
    expect(await taken(other, 1)).toBe(0);
    await clock.advance(4_750);
    expect(await taken(other, 1)).toBe(1);
  });

  it("are not taken in advance while the platform makes the rate slow", async () => {
    const { clock, governor, other } = open();
    await governor.throttled(limit, undefined);
    await clock.advance(4_000);
    expect(await taken(governor, 1)).toBe(1);
    // All of its burst but that one.
    expect(await taken(other, 1_000)).toBe(50);
    expect(await taken(governor, 1_000)).toBe(0);
  });

  it("end when the rate of the account changes", async () => {
    const { governor } = open();
    expect(await taken(governor, 1)).toBe(1);
    const slow = { ...request, limit: { key: "a", perSecond: 10 } };
    const turns = await Promise.all(Array.from({ length: 100 }, () => governor.turnNow(slow)));
    expect(turns.filter(Boolean)).toHaveLength(10);
  });

  it("go to those who wait when a turn is given back", async () => {
    const { governor, seen } = open();
    await taken(governor, 100);
    const waiting = governor.turn(request, never);
    await new Promise(setImmediate);
    const before = seen.changes;
    await governor.giveBack(limit);
    expect(await waiting).toBe("turn");
    expect(seen.changes).toBe(before);
  });
});

interface Step {
  readonly who: number;
  readonly turns: number;
  readonly afterMs: number;
}

/** When turns were given to processes that ask as these steps say. */
async function timesOf(steps: readonly Step[], perSecond: number): Promise<readonly number[]> {
  const clock = manualClock();
  const buckets = createMemoryBuckets(clock);
  const governors = [1, 2, 3].map(() => createGovernor(clock, buckets));
  const times: number[] = [];
  for (const { who, turns, afterMs } of steps) {
    for (let count = 0; count < turns; count += 1) {
      const isGiven = await governors[who]?.turnNow({ ...request, limit: { key: "a", perSecond } });
      if (isGiven) times.push(clock.now().getTime());
    }
    await clock.advance(afterMs);
  }
  return times;
}

it("never exceed rate and burst together, in any order of requests", async () => {
  const step = fc.record({
    who: fc.integer({ min: 0, max: 2 }),
    turns: fc.oneof(fc.constant(1), fc.integer({ min: 0, max: 120 })),
    afterMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 300 })),
  });
  const rate = fc.constantFrom(8, 20, 100);
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 20 }), rate, async (steps, perSecond) => {
      const times = await timesOf(steps, perSecond);
      // The turns since each of them, against what one bucket would have given.
      const excess = times.map((from, first) =>
        Math.max(
          ...times.slice(first).map((to, more) => more + 1 - perSecond - ((to - from) * perSecond) / 1_000),
        ),
      );
      expect(Math.max(0, ...excess)).toBeLessThanOrEqual(1e-6);
    }),
    { numRuns: 150 },
  );
});

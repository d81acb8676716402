import { describe, expect, it } from "vitest";
import type { RateLimit, SharedBuckets } from "../../src/rates/buckets.ts";
import type { Rank } from "../../src/rates/governor.ts";
import { createGovernor, type Governor } from "../../src/rates/governor.ts";
import { type ManualClock, manualClock } from "../manual-clock.ts";
import { createMemoryBuckets } from "../simulation/memory-buckets.ts";

const limit = { key: "a", perSecond: 100 };
const never = new AbortController().signal;

const turnOfLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Buckets of which each change takes a while, as in Postgres. */
function open(clock: ManualClock) {
  const kept = createMemoryBuckets(clock);
  const seen = { changes: 0, writes: 0, underWay: 0, mostUnderWay: 0 };
  const buckets: SharedBuckets = {
    slowed: 0,
    now: kept.now,
    pausedUntil: kept.pausedUntil,
    change: async (of, change) => {
      seen.changes += 1;
      seen.underWay += 1;
      seen.mostUnderWay = Math.max(seen.mostUnderWay, seen.underWay);
      await turnOfLoop();
      await kept.change(of, (bucket) => {
        const next = change(bucket);
        if (next !== undefined) seen.writes += 1;
        return next;
      });
      await turnOfLoop();
      seen.underWay -= 1;
    },
  };
  const request = (of: RateLimit, rank: Rank) => ({ limit: of, rank, askedAt: clock.now().getTime() });
  const governor = createGovernor(clock, buckets);
  return {
    seen,
    governor,
    kept,
    now: (of: RateLimit = limit, rank: Rank = "answer") => governor.turnNow(request(of, rank)),
    turn: (of: RateLimit = limit, rank: Rank = "answer") => governor.turn(request(of, rank), never),
  };
}

const many = <Result>(count: number, run: () => Promise<Result>): Promise<Result[]> =>
  Promise.all(Array.from({ length: count }, run));

const count = <Value>(values: readonly Value[], value: Value): number =>
  values.filter((one) => one === value).length;

/** Empties a bucket. */
async function empty({ governor }: { readonly governor: Governor }, of: RateLimit): Promise<void> {
  for (;;) if (!(await governor.turnNow({ limit: of, rank: "answer", askedAt: 0 }))) return;
}

describe("turns that are asked for now", () => {
  it("cost as many changes of the bucket for fifty as for one", async () => {
    const { seen, now } = open(manualClock());
    const first = now();
    // Its change is under way.
    await turnOfLoop();
    await turnOfLoop();
    const turns = await many(50, now);
    expect([await first, ...turns]).toEqual(Array.from({ length: 51 }, () => true));
    expect([seen.changes, seen.mostUnderWay]).toEqual([2, 1]);
  });

  it("are refused at once when there are none", async () => {
    const clock = manualClock();
    const { seen, now, governor } = open(clock);
    const turns = await many(50, () => now({ key: "a", perSecond: 30 }));
    expect([count(turns, true), count(turns, false)]).toEqual([30, 20]);
    // One for those; for the others the bucket is looked at and left as it is.
    expect([seen.changes, seen.writes, seen.mostUnderWay]).toEqual([2, 1, 1]);
    expect([clock.now().getTime(), governor.size]).toEqual([manualClock().now().getTime(), 0]);
  });

  it("are shared out by urgency with those who wait", async () => {
    const clock = manualClock();
    const pool = open(clock);
    const two = { key: "a", perSecond: 2 };
    await empty(pool, two);
    await clock.advance(1_000);
    const asked = {
      waitsForReaction: pool.turn(two, "reaction"),
      waitsForAnswer: pool.turn(two, "answer"),
      reactionNow: pool.now(two, "reaction"),
      changeNow: pool.now(two, "change"),
    };
    const ends = new Map<string, unknown>();
    for (const [name, turn] of Object.entries(asked)) void turn.then((end) => ends.set(name, end));
    const given = { waitsForAnswer: "turn", reactionNow: false, changeNow: true };
    for (let ms = 0; ms < 3; ms += 1) await clock.advance(1);
    expect(Object.fromEntries(ends)).toEqual(given);
    await clock.advance(500);
    expect(Object.fromEntries(ends)).toEqual({ ...given, waitsForReaction: "turn" });
    expect(pool.seen.mostUnderWay).toBe(1);
  });

  it("are refused at once while others wait, who keep their time", async () => {
    const clock = manualClock();
    const pool = open(clock);
    const slow = { key: "a", perSecond: 0.1 };
    await empty(pool, slow);
    let isGiven = false;
    void pool.turn(slow).then(() => {
      isGiven = true;
    });
    await clock.advance(9_000);
    expect(await many(20, () => pool.now(slow))).toEqual(Array.from({ length: 20 }, () => false));
    await clock.advance(999);
    expect(isGiven).toBe(false);
    await clock.advance(1);
    expect(isGiven).toBe(true);
  });

  it("are not refused because they came while a turn was being given back", async () => {
    const pool = open(manualClock());
    const one = { key: "a", perSecond: 1 };
    await empty(pool, one);
    const givenBack = pool.governor.giveBack(one);
    await turnOfLoop();
    const turn = pool.now(one);
    await givenBack;
    expect(await turn).toBe(true);
  });

  it("are refused when limits change, and what was taken for them is given back", async () => {
    const pool = open(manualClock());
    const slow = { key: "a", perSecond: 0.1 };
    const turn = pool.now(slow);
    await turnOfLoop();
    await turnOfLoop();
    pool.governor.limitsChanged();
    expect(await turn).toBe(false);
    expect(await pool.now(slow)).toBe(true);
  });

  it("leave those who wait the limit that these looked up", async () => {
    const clock = manualClock();
    const pool = open(clock);
    await empty(pool, { key: "a", perSecond: 0.01 });
    const turn = pool.turn({ key: "a", perSecond: 10 });
    expect(await pool.now({ key: "a", perSecond: 0.01 })).toBe(false);
    await clock.advance(100);
    expect(await turn).toBe("turn");
  });

  it("go by the limit that was looked up last when none waits", async () => {
    const clock = manualClock();
    const pool = open(clock);
    await empty(pool, { key: "a", perSecond: 0.01 });
    await clock.advance(100);
    const turns = [pool.now({ key: "a", perSecond: 0.01 }), pool.now({ key: "a", perSecond: 10 })];
    expect(await Promise.all(turns)).toContain(true);
  });
});

it("gives fifty turns back in one change, and at once to those who wait", async () => {
  const clock = manualClock();
  const pool = open(clock);
  const { governor, seen } = pool;
  await many(100, pool.now);
  const before = seen.changes;
  const waiting = many(40, pool.turn);
  await clock.advance(0);
  await many(50, () => governor.giveBack(limit));
  expect(await waiting).toEqual(Array.from({ length: 40 }, () => "turn"));
  expect(seen.changes - before).toBeLessThanOrEqual(3);
  expect(await many(11, pool.now)).toEqual([...Array.from({ length: 10 }, () => true), false]);
  expect(seen.mostUnderWay).toBe(1);
});

it("makes changes that come while another is under way", async () => {
  const pool = open(manualClock());
  const two = { key: "a", perSecond: 2 };
  await empty(pool, two);
  const first = pool.governor.giveBack(two);
  await turnOfLoop();
  await turnOfLoop();
  await Promise.all([first, pool.governor.giveBack(two)]);
  expect(await many(3, () => pool.now(two))).toEqual([true, true, false]);
});

it("does not sleep when a turn is given back while it looks for one", async () => {
  const pool = open(manualClock());
  const one = { key: "a", perSecond: 1 };
  await empty(pool, one);
  const turn = pool.turn(one);
  await turnOfLoop();
  await turnOfLoop();
  await pool.governor.giveBack(one);
  expect(await turn).toBe("turn");
});

it("slows a bucket in one change when fifty calls are refused together, before it gives another turn", async () => {
  const clock = manualClock();
  const pool = open(clock);
  await Promise.all([...Array.from({ length: 50 }, () => pool.governor.throttled(limit, 5_000)), pool.now()]);
  expect([pool.seen.changes, pool.seen.mostUnderWay]).toEqual([1, 1]);
  expect(await pool.now()).toBe(false);
  await clock.advance(5_000);
  expect(await pool.now()).toBe(true);
});

it("pauses those who sleep until their turn when the platform asks for silence meanwhile", async () => {
  const clock = manualClock();
  const pool = open(clock);
  const one = { key: "a", perSecond: 1 };
  await empty(pool, one);
  let givenAt = 0;
  void pool.turn(one).then(() => {
    givenAt = clock.now().getTime();
  });
  await clock.advance(500);
  const pausedAt = clock.now().getTime();
  await pool.governor.throttled(one, 7_000);
  await clock.advance(10_000);
  expect(givenAt).toBe(pausedAt + 7_000);
});

it("loses no request that comes while the line closes", async () => {
  const pool = open(manualClock());
  for (let ticks = 0; ticks < 20; ticks += 1) {
    await pool.now();
    for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve();
    await pool.governor.giveBack(limit);
    for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve();
    expect(await pool.turn()).toBe("turn");
  }
  await turnOfLoop();
  expect(pool.governor.size).toBe(0);
});

it("rejects all requests when the buckets cannot be read, and serves the next", async () => {
  const clock = manualClock();
  const buckets = createMemoryBuckets(clock);
  let isAway = true;
  const governor = createGovernor(clock, {
    ...buckets,
    pausedUntil: buckets.pausedUntil,
    now: buckets.now,
    change: (...change) => (isAway ? Promise.reject(new Error("away")) : buckets.change(...change)),
  });
  const request = { limit, rank: "answer", askedAt: 0 } as const;
  const requests = () => [
    governor.turnNow(request),
    governor.turn(request, never),
    governor.giveBack(limit),
    governor.throttled(limit, 0),
  ];
  for (const { status } of await Promise.allSettled(requests())) expect(status).toBe("rejected");
  expect(governor.size).toBe(0);
  isAway = false;
  expect(await Promise.all(requests())).toEqual([true, "turn", undefined, undefined]);
});

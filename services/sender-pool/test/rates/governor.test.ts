import type { Clock } from "@mio/pacing";
import { describe, expect, it } from "vitest";
import type { Rank } from "../../src/rates/governor.ts";
import { createGovernor, type Governor } from "../../src/rates/governor.ts";
import { type ManualClock, manualClock } from "../manual-clock.ts";
import { createMemoryBuckets } from "../simulation/memory-buckets.ts";

const never = new AbortController().signal;
interface Asked {
  readonly key: string;
  readonly perSecond: number;
  readonly rank?: Rank;
}

function ask(governor: Governor, clock: Clock, { rank = "answer", ...limit }: Asked, signal = never) {
  return governor.turn({ limit, rank, askedAt: clock.now().getTime() }, signal);
}

function open(clock: ManualClock) {
  const buckets = createMemoryBuckets(clock);
  return { buckets, governor: createGovernor(clock, buckets) };
}

function take(governor: Governor, clock: Clock, key: string, perSecond: number): { at: number | undefined } {
  const taken: { at: number | undefined } = { at: undefined };
  const start = clock.now().getTime();
  void ask(governor, clock, { key, perSecond }).then(() => {
    taken.at = clock.now().getTime() - start;
  });
  return taken;
}

describe("the governor", () => {
  it("lets one second's worth go at once, then keeps the rate exactly", async () => {
    const clock = manualClock();
    const { governor } = open(clock);
    const turns = Array.from({ length: 6 }, () => take(governor, clock, "a", 2));
    await clock.advance(10_000);
    expect(turns.map(({ at }) => at)).toEqual([0, 0, 500, 1_000, 1_500, 2_000]);
  });

  it("gives no turn to a command whose pool is stopping already", async () => {
    const clock = manualClock();
    const { governor } = open(clock);
    const stopping = AbortSignal.abort(new Error("stopping"));
    await expect(ask(governor, clock, { key: "a", perSecond: 1 }, stopping)).rejects.toThrow("stopping");
    expect(governor.size).toBe(0);
  });

  it("never exceeds burst plus rate in any second, however long it runs", async () => {
    const clock = manualClock();
    const { governor } = open(clock);
    const turns = Array.from({ length: 100 }, () => take(governor, clock, "a", 3));
    await clock.advance(60_000);
    const times = turns.map(({ at }) => at ?? Number.NaN);
    expect(times.at(-1)).toBeLessThanOrEqual(32_400);
    for (const start of times) {
      expect(times.filter((at) => at >= start && at < start + 1_000).length).toBeLessThanOrEqual(6);
    }
  });

  it("never makes one bucket wait for another", async () => {
    const clock = manualClock();
    const { governor } = open(clock);
    for (let index = 0; index < 50; index += 1) take(governor, clock, "a", 1);
    const other = take(governor, clock, "b", 1);
    await clock.advance(0);
    expect(other.at).toBe(0);
  });

  it("pauses a bucket for exactly as long as the platform asked", async () => {
    const clock = manualClock();
    const { governor, buckets } = open(clock);
    const first = take(governor, clock, "a", 10);
    await clock.advance(0);
    await governor.throttled({ key: "a", perSecond: 10 }, 7_000);
    const second = take(governor, clock, "a", 10);
    await clock.advance(6_999);
    expect(second.at).toBeUndefined();
    await clock.advance(1);
    expect([first.at, second.at]).toEqual([0, 7_000]);
    expect(buckets.slowed).toBe(0);
  });

  it("follows a changed rate at once", async () => {
    const clock = manualClock();
    const { governor } = open(clock);
    take(governor, clock, "a", 1);
    await clock.advance(0);
    const faster = take(governor, clock, "a", 10);
    await clock.advance(1_000);
    expect(faster.at).toBe(100);
  });

  it("drops a request that stops waiting, without delaying the next", async () => {
    const clock = manualClock();
    const { governor } = open(clock);
    const stop = new AbortController();
    take(governor, clock, "a", 1);
    await clock.advance(0);
    const given = ask(governor, clock, { key: "a", perSecond: 1 }, stop.signal);
    const next = take(governor, clock, "a", 1);
    await clock.advance(0);
    stop.abort(new Error("stopping"));
    await expect(given).rejects.toThrow("stopping");
    await clock.advance(1_000);
    expect(next.at).toBe(1_000);
  });

  it("serves the most urgent first, and starves none", async () => {
    const clock = manualClock();
    const { governor } = open(clock);
    const order: string[] = [];
    const limit = { key: "a", perSecond: 1 };
    const add = (name: string, rank: Rank) =>
      void ask(governor, clock, { ...limit, rank }).then(() => order.push(name));
    add("before", "answer");
    await clock.advance(0);
    for (const rank of ["reaction", "change", "beginning", "answer"] as const) add(rank, rank);
    for (let second = 0; second < 60; second += 1) {
      add(`answer ${second}`, "answer");
      await clock.advance(1_000);
    }
    const placeOf = (name: string): number => order.indexOf(name);
    expect(placeOf("answer")).toBe(1);
    expect(placeOf("beginning")).toBeLessThan(placeOf("change"));
    expect(placeOf("change")).toBeLessThan(placeOf("reaction"));
    expect(placeOf("reaction")).toBeGreaterThan(0);
    expect(placeOf("answer 1")).toBeLessThan(placeOf("beginning"));
  });

  it("resolves waiting requests to changed limits, and they keep their position", async () => {
    const clock = manualClock();
    const { governor } = open(clock);
    const limit = { key: "a", perSecond: 0.01 };
    await ask(governor, clock, limit);
    const asked = ask(governor, clock, limit);
    await clock.advance(1_000);
    governor.limitsChanged();
    expect(await asked).toBe("changed");
    const again = take(governor, clock, "a", 100);
    await clock.advance(1_000);
    expect(again.at).toBeLessThan(20);
  });

  it("takes back an unused turn", async () => {
    const clock = manualClock();
    const { governor } = open(clock);
    const limit = { key: "a", perSecond: 1 };
    await ask(governor, clock, limit);
    await governor.giveBack(limit);
    const next = take(governor, clock, "a", 1);
    await clock.advance(10);
    expect(next.at).toBe(0);
  });

  it("gives a turn without waiting only where there is one", async () => {
    const clock = manualClock();
    const { governor } = open(clock);
    const limit = { key: "a", perSecond: 2 };
    const now = () => governor.turnNow({ limit, rank: "answer", askedAt: clock.now().getTime() });
    expect([await now(), await now(), await now()]).toEqual([true, true, false]);
    await clock.advance(500);
    expect([await now(), await now()]).toEqual([true, false]);
  });

  it("gives no more back than a bucket holds", async () => {
    const clock = manualClock();
    const { governor } = open(clock);
    const limit = { key: "a", perSecond: 2 };
    for (let count = 0; count < 5; count += 1) await governor.giveBack(limit);
    const turns = Array.from({ length: 3 }, () => take(governor, clock, "a", 2));
    await clock.advance(10_000);
    expect(turns.map(({ at }) => at)).toEqual([0, 0, 500]);
  });

  it("returns a turn whose request has left in the meantime", async () => {
    const clock = manualClock();
    const { buckets } = open(clock);
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<void>();
    const slow = createGovernor(clock, {
      ...buckets,
      pausedUntil: buckets.pausedUntil,
      now: buckets.now,
      change: async (limit, change) => {
        await buckets.change(limit, change);
        asked.resolve();
        await answer.promise;
      },
    });
    const stop = new AbortController();
    const left = ask(slow, clock, { key: "a", perSecond: 0.1 }, stop.signal);
    await asked.promise;
    stop.abort(new Error("stopping"));
    await expect(left).rejects.toThrow("stopping");
    answer.resolve();
    await clock.advance(0);
    const next = take(slow, clock, "a", 0.1);
    await clock.advance(100);
    expect(next.at).toBe(0);
  });

  it("uses the limit that was looked up last", async () => {
    const clock = manualClock();
    const { governor } = open(clock);
    await ask(governor, clock, { key: "a", perSecond: 0.5 });
    const first = take(governor, clock, "a", 0.5);
    await clock.advance(1_900);
    const second = take(governor, clock, "a", 100);
    await clock.advance(5_000);
    expect([first.at, second.at]).toEqual([2_000, 100]);
  });

  it("knows a pause until it is over", async () => {
    const clock = manualClock();
    const { governor } = open(clock);
    const limit = { key: "a", perSecond: 10 };
    await governor.throttled(limit, 7_000);
    expect([governor.isPaused(limit), governor.isPaused({ ...limit, key: "b" })]).toEqual([true, false]);
    await clock.advance(7_000);
    expect(governor.isPaused(limit)).toBe(false);
  });

  it("keeps no empty line, and rejects waiting requests when the buckets cannot be read", async () => {
    const clock = manualClock();
    const { governor } = open(clock);
    take(governor, clock, "a", 1);
    await clock.advance(10);
    expect(governor.size).toBe(0);
    const broken = createGovernor(clock, {
      change: () => Promise.reject(new Error("away")),
      pausedUntil: () => 0,
      now: () => 0,
    });
    await expect(ask(broken, clock, { key: "a", perSecond: 1 })).rejects.toThrow("away");
    expect(broken.size).toBe(0);
  });

  it("shares one rate between processes", async () => {
    const clock = manualClock();
    const buckets = createMemoryBuckets(clock);
    const governors = [1, 2, 3].map(() => createGovernor(clock, buckets));
    const turns = governors.flatMap((governor) =>
      Array.from({ length: 20 }, () => take(governor, clock, "a", 2)),
    );
    await clock.advance(10_000);
    expect(turns.filter(({ at }) => at !== undefined).length).toBe(2 + 20);
    await governors[0]?.throttled({ key: "a", perSecond: 2 }, 5_000);
    await clock.advance(4_999);
    expect(turns.filter(({ at }) => at !== undefined).length).toBe(2 + 20);
  });
});

const limit = { key: "a", perSecond: 10 };
const within = (times: readonly number[], from: number, to: number): number =>
  times.filter((at) => at >= from && at < to).length;

/** What the governor lets through when there is always more to do. */
async function timesOfCalls(governor: Governor, clock: ManualClock, forMs: number): Promise<number[]> {
  const turns = Array.from({ length: 1_200 }, () => take(governor, clock, limit.key, limit.perSecond));
  await clock.advance(forMs);
  return turns.flatMap(({ at }) => at ?? []);
}

/** Throttles a bucket and returns the time until the next call. */
async function msUntilNextCall(governor: Governor, clock: ManualClock): Promise<number> {
  await governor.throttled(limit, undefined);
  const next = take(governor, clock, limit.key, limit.perSecond);
  for (let ms = 0; next.at === undefined && ms < 100_000; ms += 20) await clock.advance(20);
  return next.at ?? Number.NaN;
}

it("takes the turns of all who wait at one time", async () => {
  const clock = manualClock();
  const { buckets } = open(clock);
  let changes = 0;
  const counted = createGovernor(clock, {
    pausedUntil: buckets.pausedUntil,
    now: buckets.now,
    change: (limit, change) => {
      changes += 1;
      return buckets.change(limit, change);
    },
  });
  const turns = Array.from({ length: 100 }, () => take(counted, clock, "a", 60));
  await clock.advance(0);
  expect(turns.filter(({ at }) => at === 0)).toHaveLength(60);
  // One for those, one for the wait of the others.
  expect(changes).toBe(2);
});

describe("a platform that throttles and names no time", () => {
  it("gets a call after a pause, then half as many, and recovers gradually", async () => {
    const clock = manualClock();
    const { governor, buckets } = open(clock);
    await governor.throttled(limit, undefined);
    expect(buckets.slowed).toBe(1);
    const times = await timesOfCalls(governor, clock, 100_000);
    expect(times[0]).toBe(2_000);
    expect(within(times, 2_000, 12_000)).toBeGreaterThanOrEqual(50);
    expect(within(times, 2_000, 12_000)).toBeLessThanOrEqual(60);
    expect(within(times, 32_000, 42_000)).toBeGreaterThanOrEqual(75);
    expect(within(times, 32_000, 42_000)).toBeLessThanOrEqual(85);
    expect(within(times, 80_000, 90_000)).toBe(100);
    await clock.advance(100_000);
    expect(buckets.slowed).toBe(0);
  });

  it("gets fewer and fewer calls while it goes on, and one a minute at the least", async () => {
    const clock = manualClock();
    const { governor } = open(clock);
    const waits: number[] = [];
    for (let refusals = 0; refusals < 16; refusals += 1) waits.push(await msUntilNextCall(governor, clock));
    expect(waits[0]).toBe(2_000);
    expect(waits).toEqual(waits.toSorted((one, other) => one - other));
    expect(waits.at(-1)).toBeGreaterThan(30_000);
    expect(waits.at(-1)).toBeLessThanOrEqual(60_000);
  });

  it("slows the rate once for calls in flight together", async () => {
    const clock = manualClock();
    const [once, thrice] = [open(clock).governor, open(clock).governor];
    await once.throttled(limit, undefined);
    for (let call = 0; call < 3; call += 1) await thrice.throttled(limit, undefined);
    const times = await Promise.all([once, thrice].map((governor) => timesOfCalls(governor, clock, 30_000)));
    expect(times[1]).toEqual(times[0]);
  });

  it("slows no other bucket, and does not change the rate when it names a time", async () => {
    const clock = manualClock();
    const { governor, buckets } = open(clock);
    await governor.throttled({ key: "b", perSecond: 10 }, undefined);
    await governor.throttled(limit, 3_000);
    expect(buckets.slowed).toBe(1);
    const times = await timesOfCalls(governor, clock, 20_000);
    expect(times.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 3_000));
    expect(within(times, 5_000, 15_000)).toBe(100);
  });
});

import type { Clock } from "@mio/service-kit";
import { describe, expect, it } from "vitest";
import { createGovernor, type Governor } from "./governor.ts";

const never = new AbortController().signal;
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

type ManualClock = Clock & { advance(ms: number): Promise<void> };

/** Time that moves only when told, from sleeper to sleeper. */
function manualClock(): ManualClock {
  let now = 1_000_000;
  const sleepers = new Set<{ readonly at: number; readonly wake: () => void }>();
  return {
    now: () => new Date(now),
    sleep(ms, signal) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const sleeper = { at: now + ms, wake: resolve };
      sleepers.add(sleeper);
      signal?.addEventListener("abort", () => {
        sleepers.delete(sleeper);
        reject(signal.reason);
      });
      return promise;
    },
    async advance(ms) {
      const end = now + ms;
      for (;;) {
        await settle();
        const [next] = [...sleepers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
        if (next === undefined) break;
        sleepers.delete(next);
        now = Math.max(now, next.at);
        next.wake();
      }
      now = end;
    },
  };
}

function take(governor: Governor, clock: Clock, key: string, perSecond: number): { at: number | undefined } {
  const taken: { at: number | undefined } = { at: undefined };
  const start = clock.now().getTime();
  void governor.turn({ key, perSecond }, never).then(() => {
    taken.at = clock.now().getTime() - start;
  });
  return taken;
}

describe("the governor", () => {
  it("lets one second's worth go at once, then keeps the rate exactly", async () => {
    const clock = manualClock();
    const governor = createGovernor(clock);
    const turns = Array.from({ length: 6 }, () => take(governor, clock, "a", 2));
    await clock.advance(10_000);
    expect(turns.map(({ at }) => at)).toEqual([0, 0, 500, 1_000, 1_500, 2_000]);
  });

  it("never exceeds burst plus rate in any second, however long it runs", async () => {
    const clock = manualClock();
    const governor = createGovernor(clock);
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
    const governor = createGovernor(clock);
    for (let index = 0; index < 50; index += 1) take(governor, clock, "a", 1);
    const other = take(governor, clock, "b", 1);
    await clock.advance(0);
    expect(other.at).toBe(0);
  });

  it("pauses a bucket for exactly as long as the platform said", async () => {
    const clock = manualClock();
    const governor = createGovernor(clock);
    const first = take(governor, clock, "a", 10);
    await clock.advance(0);
    governor.throttled({ key: "a", perSecond: 10 }, 7_000);
    const second = take(governor, clock, "a", 10);
    await clock.advance(6_999);
    expect(second.at).toBeUndefined();
    await clock.advance(1);
    expect([first.at, second.at]).toEqual([0, 7_000]);
    expect(governor.slowed).toBe(0);
  });

  it("follows a changed rate at once", async () => {
    const clock = manualClock();
    const governor = createGovernor(clock);
    take(governor, clock, "a", 1);
    await clock.advance(0);
    const faster = take(governor, clock, "a", 10);
    await clock.advance(1_000);
    expect(faster.at).toBe(100);
  });

  it("lets go of whoever stops waiting without holding up the next", async () => {
    const clock = manualClock();
    const governor = createGovernor(clock);
    const stop = new AbortController();
    take(governor, clock, "a", 1);
    await clock.advance(0);
    const given = governor.turn({ key: "a", perSecond: 1 }, stop.signal);
    const next = take(governor, clock, "a", 1);
    await clock.advance(0);
    stop.abort(new Error("stopping"));
    await expect(given).rejects.toThrow("stopping");
    await clock.advance(1_000);
    expect(next.at).toBe(1_000);
  });

  it("forgets buckets that are long idle", async () => {
    const clock = manualClock();
    const governor = createGovernor(clock);
    for (let index = 0; index < 1_100; index += 1) take(governor, clock, `a${index}`, 1);
    await clock.advance(120_000);
    take(governor, clock, "b", 1);
    await clock.advance(0);
    expect(governor.size).toBeLessThan(10);
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

/** Throttles a bucket and tells how long until the next call. */
async function msUntilNextCall(governor: Governor, clock: ManualClock): Promise<number> {
  governor.throttled(limit, undefined);
  const next = take(governor, clock, limit.key, limit.perSecond);
  for (let ms = 0; next.at === undefined && ms < 100_000; ms += 20) await clock.advance(20);
  return next.at ?? Number.NaN;
}

describe("a platform that throttles and names no time", () => {
  it("gets a call after a pause, half as many from then on, and bit by bit all again", async () => {
    const clock = manualClock();
    const governor = createGovernor(clock);
    governor.throttled(limit, undefined);
    expect(governor.slowed).toBe(1);
    const times = await timesOfCalls(governor, clock, 100_000);
    expect(times[0]).toBe(2_000);
    expect(within(times, 2_000, 12_000)).toBeGreaterThanOrEqual(50);
    expect(within(times, 2_000, 12_000)).toBeLessThanOrEqual(60);
    expect(within(times, 32_000, 42_000)).toBeGreaterThanOrEqual(75);
    expect(within(times, 32_000, 42_000)).toBeLessThanOrEqual(85);
    expect(within(times, 80_000, 90_000)).toBe(100);
    await clock.advance(100_000);
    expect(governor.slowed).toBe(0);
  });

  it("gets fewer and fewer calls while it goes on, and one a minute at the least", async () => {
    const clock = manualClock();
    const governor = createGovernor(clock);
    const waits: number[] = [];
    for (let refusals = 0; refusals < 16; refusals += 1) waits.push(await msUntilNextCall(governor, clock));
    expect(waits[0]).toBe(2_000);
    expect(waits).toEqual(waits.toSorted((one, other) => one - other));
    expect(waits.at(-1)).toBeGreaterThan(30_000);
    expect(waits.at(-1)).toBeLessThanOrEqual(60_000);
  });

  it("is not taken to have said so twice when calls that were under way together are refused", async () => {
    const clock = manualClock();
    const [once, thrice] = [createGovernor(clock), createGovernor(clock)];
    once.throttled(limit, undefined);
    for (let call = 0; call < 3; call += 1) thrice.throttled(limit, undefined);
    const times = await Promise.all([once, thrice].map((governor) => timesOfCalls(governor, clock, 30_000)));
    expect(times[1]).toEqual(times[0]);
  });

  it("slows nobody else, and teaches nothing when it names the time", async () => {
    const clock = manualClock();
    const governor = createGovernor(clock);
    governor.throttled({ key: "b", perSecond: 10 }, undefined);
    governor.throttled(limit, 3_000);
    expect(governor.slowed).toBe(1);
    const times = await timesOfCalls(governor, clock, 20_000);
    expect(times.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 3_000));
    expect(within(times, 5_000, 15_000)).toBe(100);
  });
});

import { describe, expect, it } from "vitest";
import { createVirtualClock } from "./virtual-clock.ts";

describe("a virtual clock", () => {
  it("wakes sleepers in the order of their deadlines and advances to each", async () => {
    const clock = createVirtualClock();
    const woken: (readonly [string, number])[] = [];
    const sleeper = async (name: string, ms: number) => {
      await clock.sleep(ms);
      woken.push([name, clock.now()]);
    };
    await clock.run(Promise.all([sleeper("late", 5_000), sleeper("early", 10), sleeper("middle", 700)]));
    expect(woken).toEqual([
      ["early", 10],
      ["middle", 700],
      ["late", 5_000],
    ]);
  });

  it("wakes an aborted sleeper without advancing time", async () => {
    const clock = createVirtualClock();
    const stop = new AbortController();
    const sleeping = clock.sleep(1_000, stop.signal);
    stop.abort();
    await clock.run(Promise.all([sleeping, clock.sleep(1_000, stop.signal)]));
    expect(clock.now()).toBe(0);
  });

  it("throws on a deadlock and rethrows the error of failed work", async () => {
    const clock = createVirtualClock();
    await expect(clock.run(new Promise(() => {}))).rejects.toThrow("Deadlock");
    await expect(clock.run(Promise.reject(new Error("broken")))).rejects.toThrow("broken");
  });
});

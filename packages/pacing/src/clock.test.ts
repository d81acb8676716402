import { describe, expect, it } from "vitest";
import { pause, systemClock } from "./clock.ts";

describe("systemClock", () => {
  it("stops sleeping when the signal aborts", async () => {
    const abort = new AbortController();
    const slept = systemClock.sleep(60_000, abort.signal);
    abort.abort();
    await expect(slept).rejects.toMatchObject({ name: "AbortError" });
  });

  it("sleeps without a signal", async () => {
    await expect(systemClock.sleep(1)).resolves.toBeUndefined();
  });

  it("calls back once after a time, and not once the timer is disposed of", async () => {
    const rings: string[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    systemClock.after(1, () => rings.push("disposed"))[Symbol.dispose]();
    systemClock.after(2, () => {
      rings.push("due");
      resolve();
    });
    await promise;
    expect(rings).toEqual(["due"]);
  });

  it("measures durations that never shrink", async () => {
    const before = systemClock.monotonicMs();
    await systemClock.sleep(2);
    expect(systemClock.monotonicMs()).toBeGreaterThan(before);
  });
});

describe("pause", () => {
  it("returns early when the signal aborts", async () => {
    const abort = new AbortController();
    const paused = pause(60_000, { clock: systemClock, signal: abort.signal });
    abort.abort();
    await expect(paused).resolves.toBeUndefined();
  });

  it("returns at once when the signal is already aborted", async () => {
    await expect(pause(60_000, { clock: systemClock, signal: AbortSignal.abort() })).resolves.toBeUndefined();
  });
});

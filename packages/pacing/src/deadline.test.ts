import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { systemClock } from "./clock.ts";
import { DeadlineExceeded, startDeadline, timedOut, unlessAborted, withDeadline } from "./deadline.ts";

const never = new Promise<never>(() => undefined);

/** Each sleep lasts until the test ends it. */
function steppedClock() {
  const sleeps: { readonly ms: number; readonly end: () => void }[] = [];
  const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      sleeps.push({ ms, end: resolve });
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
  return { sleeps, sleep };
}

describe("withDeadline", () => {
  it("returns what the work returns in time", async () => {
    await expect(withDeadline(async () => 7, { timeoutMs: 60_000, clock: systemClock })).resolves.toBe(7);
  });

  it("throws what the work throws in time", async () => {
    const failing = withDeadline(() => Promise.reject(new Error("failed")), {
      timeoutMs: 60_000,
      clock: systemClock,
    });
    await expect(failing).rejects.toThrow("failed");
  });

  it("aborts the work at the deadline and waits no longer", async () => {
    const clock = steppedClock();
    let given: AbortSignal | undefined;
    const work = (signal: AbortSignal): Promise<never> => {
      given = signal;
      return never;
    };
    const result = withDeadline(work, { timeoutMs: 30, clock });
    expect(given?.aborted).toBe(false);
    clock.sleeps[0]?.end();
    await expect(result).resolves.toBe(timedOut);
    expect(given?.aborted).toBe(true);
  });

  it("returns the result of work that ends within the grace period", async () => {
    const clock = steppedClock();
    const work = (signal: AbortSignal): Promise<string> =>
      new Promise((resolve) => signal.addEventListener("abort", () => resolve("partial")));
    const result = withDeadline(work, { timeoutMs: 30, graceMs: 5, clock });
    clock.sleeps[0]?.end();
    await expect(result).resolves.toBe("partial");
  });
});

describe("startDeadline", () => {
  it("aborts with DeadlineExceeded when the time is up", async () => {
    using deadline = startDeadline(undefined, 1);
    await new Promise((resolve) => deadline.signal.addEventListener("abort", resolve));
    expect(deadline.signal.reason).toBeInstanceOf(DeadlineExceeded);
  });

  it("aborts with the caller's reason", () => {
    const caller = new AbortController();
    using deadline = startDeadline(caller.signal, 60_000);
    caller.abort("stopping");
    expect(deadline.signal.reason).toBe("stopping");
  });

  it("keeps the caller's signal once lifted", () => {
    const caller = new AbortController();
    const deadline = startDeadline(caller.signal, 60_000);
    deadline.lift();
    caller.abort("stopping");
    expect(deadline.signal.aborted).toBe(true);
  });
});

describe("unlessAborted", () => {
  it("resolves and rejects as the work does, and removes its listener", async () => {
    const { signal } = new AbortController();
    await expect(unlessAborted(Promise.resolve(7), signal)).resolves.toBe(7);
    await expect(unlessAborted(Promise.reject(new Error("failed")), signal)).rejects.toThrow("failed");
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("resolves to undefined when the signal aborts, before or during the wait", async () => {
    await expect(unlessAborted(never, AbortSignal.abort())).resolves.toBeUndefined();
    const abort = new AbortController();
    const waiting = unlessAborted(never, abort.signal);
    abort.abort();
    await expect(waiting).resolves.toBeUndefined();
  });
});

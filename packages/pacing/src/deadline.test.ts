import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { systemClock } from "./clock.ts";
import {
  DeadlineExceeded,
  joinSignals,
  startDeadline,
  timedOut,
  unlessAborted,
  withDeadline,
} from "./deadline.ts";

const never = new Promise<never>(() => undefined);

/** Each timer lasts until the test ends it. */
function steppedClock() {
  const timers: { readonly ms: number; readonly end: () => void; isDisposed: boolean }[] = [];
  const after = (ms: number, ring: () => void): Disposable => {
    const timer = { ms, end: ring, isDisposed: false };
    timers.push(timer);
    return {
      [Symbol.dispose]: () => {
        timer.isDisposed = true;
      },
    };
  };
  return { timers, after };
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
    clock.timers[0]?.end();
    await expect(result).resolves.toBe(timedOut);
    expect(given?.aborted).toBe(true);
  });

  it("returns the result of work that ends within the grace period", async () => {
    const clock = steppedClock();
    const work = (signal: AbortSignal): Promise<string> =>
      new Promise((resolve) => signal.addEventListener("abort", () => resolve("partial")));
    const result = withDeadline(work, { timeoutMs: 30, graceMs: 5, clock });
    clock.timers[0]?.end();
    await expect(result).resolves.toBe("partial");
  });

  it("waits no longer than the grace period, and drops a late rejection", async () => {
    const clock = steppedClock();
    const late = Promise.withResolvers<never>();
    const result = withDeadline(() => late.promise, { timeoutMs: 30, graceMs: 5, clock });
    clock.timers[0]?.end();
    clock.timers[1]?.end();
    await expect(result).resolves.toBe(timedOut);
    expect(clock.timers.map(({ ms }) => ms)).toEqual([30, 5]);
    late.reject(new Error("late"));
    await new Promise(setImmediate);
  });

  it("costs work that ends in time one timer, which it disposes of, and no rejection", async () => {
    const clock = steppedClock();
    let given: AbortSignal | undefined;
    const work = async (signal: AbortSignal): Promise<void> => {
      given = signal;
    };
    await withDeadline(work, { timeoutMs: 30, graceMs: 5, clock });
    expect(clock.timers.map(({ isDisposed }) => isDisposed)).toEqual([true]);
    expect(given?.aborted).toBe(false);
  });
});

describe("joinSignals", () => {
  it("aborts with the reason of the first that aborts", () => {
    const [one, other] = [new AbortController(), new AbortController()];
    using joined = joinSignals(one.signal, other.signal);
    expect(joined.signal.aborted).toBe(false);
    other.abort("other");
    one.abort("one");
    expect(joined.signal.reason).toBe("other");
    using late = joinSignals(new AbortController().signal, one.signal);
    expect(late.signal.reason).toBe("one");
  });

  it("leaves its signals when it is disposed of, with no listener", () => {
    const one = new AbortController();
    const joined = joinSignals(one.signal, one.signal);
    joined[Symbol.dispose]();
    expect(getEventListeners(one.signal, "abort")).toEqual([]);
    one.abort();
    expect(joined.signal.aborted).toBe(false);
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

  it("leaves the caller's signal when it is disposed of, with no listener", () => {
    const caller = new AbortController();
    const deadline = startDeadline(caller.signal, 60_000);
    deadline[Symbol.dispose]();
    expect(getEventListeners(caller.signal, "abort")).toEqual([]);
    caller.abort();
    expect(deadline.signal.aborted).toBe(false);
    using late = startDeadline(caller.signal, 60_000);
    expect(late.signal.aborted).toBe(true);
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

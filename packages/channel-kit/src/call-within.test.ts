import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { callWithin } from "./call-within.ts";
import { callUnderTest } from "./contract/call-surroundings.ts";
import { DeadlineExceeded } from "./deadline.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const untilGivenUp = (signal: AbortSignal): Promise<unknown> =>
  new Promise((resolve) => signal.addEventListener("abort", () => resolve(signal.reason)));

it("gives a call up when its time is over, and keeps the rest of its surroundings", async () => {
  const call = callWithin(callUnderTest({ attempt: 3 }), 1_000, async ({ signal, attempt }) => ({
    attempt,
    reason: await untilGivenUp(signal),
  }));
  vi.advanceTimersByTime(1_000);
  expect(await call).toEqual({ attempt: 3, reason: expect.any(DeadlineExceeded) });
});

it("gives a call up with its caller", async () => {
  const caller = new AbortController();
  const call = callWithin(callUnderTest({ signal: caller.signal }), 1_000, ({ signal }) =>
    untilGivenUp(signal),
  );
  caller.abort("enough");
  expect(await call).toBe("enough");
});

it("leaves no timer behind", async () => {
  expect(await callWithin(callUnderTest(), 1_000, async () => "done")).toBe("done");
  expect(vi.getTimerCount()).toBe(0);
});

import { describe, expect, it } from "vitest";
import { retry } from "./retry.ts";

function recordingClock() {
  const slept: number[] = [];
  const sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
    signal?.throwIfAborted();
    slept.push(ms);
  };
  return { slept, sleep };
}

const backoff = { delayMs: (attempt: number) => attempt * 100 };

function failing(times: number) {
  return async (attempt: number): Promise<string> => {
    if (attempt <= times) throw new Error(`attempt ${attempt} failed`);
    return `attempt ${attempt} succeeded`;
  };
}

describe("retry", () => {
  it("returns the first success and does not wait before it", async () => {
    const clock = recordingClock();
    await expect(retry(failing(0), { backoff, clock })).resolves.toBe("attempt 1 succeeded");
    expect(clock.slept).toEqual([]);
  });

  it("waits longer after each failure", async () => {
    const clock = recordingClock();
    await expect(retry(failing(3), { backoff, clock })).resolves.toBe("attempt 4 succeeded");
    expect(clock.slept).toEqual([100, 200, 300]);
  });

  it("throws the last error after the last attempt, without a wait", async () => {
    const clock = recordingClock();
    await expect(retry(failing(9), { backoff, clock, maxAttempts: 3 })).rejects.toThrow("attempt 3 failed");
    expect(clock.slept).toEqual([100, 200]);
  });

  it("stops when another attempt cannot help", async () => {
    const clock = recordingClock();
    const failures: number[] = [];
    const onFailure = (_error: unknown, failed: number): boolean => {
      failures.push(failed);
      return failed < 2;
    };
    await expect(retry(failing(9), { backoff, clock, onFailure })).rejects.toThrow("attempt 2 failed");
    expect(failures).toEqual([1, 2]);
  });

  it("throws the last error when the signal aborts during the wait", async () => {
    const abort = new AbortController();
    const clock = {
      sleep: async (_ms: number, signal?: AbortSignal) => {
        abort.abort();
        signal?.throwIfAborted();
      },
    };
    await expect(retry(failing(9), { backoff, clock, signal: abort.signal })).rejects.toThrow(
      "attempt 1 failed",
    );
  });

  it("runs once when the signal is already aborted", async () => {
    const clock = recordingClock();
    const signal = AbortSignal.abort();
    await expect(retry(failing(9), { backoff, clock, signal })).rejects.toThrow("attempt 1 failed");
    expect(clock.slept).toEqual([]);
  });
});

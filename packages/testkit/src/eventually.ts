import { setTimeout as sleep } from "node:timers/promises";

export interface EventuallyOptions {
  /** Default 20,000: only a failing test waits this long, and a busy machine is slow. */
  readonly timeoutMs?: number;
  /** Delay between attempts; default 10. */
  readonly everyMs?: number;
}

/**
 * Calls `check` until it neither throws nor returns false, and returns its result.
 *
 * At the timeout it throws the last error, so that a failing test reports what was missing.
 */
export async function eventually<Result>(
  check: () => Result | Promise<Result>,
  options: EventuallyOptions = {},
): Promise<Result> {
  const { timeoutMs = 20_000, everyMs = 10 } = options;
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      const result = await check();
      if (result !== false) return result;
      if (Date.now() > deadline) throw new Error(`still false after ${timeoutMs} ms`);
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    await sleep(everyMs);
  }
}

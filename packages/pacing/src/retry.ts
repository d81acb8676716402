import type { Backoff } from "./backoff.ts";
import type { Clock } from "./clock.ts";

export interface RetryOptions {
  readonly backoff: Pick<Backoff, "delayMs">;
  readonly clock: Pick<Clock, "sleep">;
  /** Ends the retries; the attempt under way is not interrupted. */
  readonly signal?: AbortSignal | undefined;
  /** How often `work` runs at most; at least 1. Unlimited by default. */
  readonly maxAttempts?: number;
  /**
   * Called after each failure, before the wait; `failures` counts from 1. Returns false when another attempt cannot
   * help. Retries after every failure by default.
   */
  readonly onFailure?: (error: unknown, failures: number) => boolean;
}

/**
 * Runs `work` until it succeeds, with growing pauses between attempts. `attempt` counts from 1.
 *
 * @throws what the last attempt threw: when `onFailure` returns false, after `maxAttempts`, or once `signal` aborts.
 */
export async function retry<T>(work: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const { backoff, clock, signal, maxAttempts = Number.POSITIVE_INFINITY, onFailure = () => true } = options;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work(attempt);
    } catch (error) {
      const mayHelp = onFailure(error, attempt);
      if (!mayHelp || attempt >= maxAttempts || signal?.aborted) throw error;
      await clock.sleep(backoff.delayMs(attempt), signal).catch(() => {
        throw error;
      });
    }
  }
}

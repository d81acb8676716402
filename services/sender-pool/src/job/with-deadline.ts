import type { Clock } from "@mio/service-kit";

/** The work did not end in time. */
export const timedOut: unique symbol = Symbol("timed out");

export interface Deadline {
  readonly timeoutMs: number;
  /** How much longer work that was told to end is listened to; nothing by default. */
  readonly graceMs?: number;
  readonly clock: Clock;
}

/**
 * Runs `work` and aborts its signal after `timeoutMs`; then it is no longer waited for, whether it obeys or
 * not. Rejects as `work` does.
 */
export async function withDeadline<T>(
  work: (signal: AbortSignal) => Promise<T>,
  { timeoutMs, graceMs = 0, clock }: Deadline,
): Promise<T | typeof timedOut> {
  const deadline = new AbortController();
  const finished = new AbortController();
  const pass = (ms: number) => clock.sleep(ms, finished.signal).catch(() => undefined);
  const expire = async (): Promise<typeof timedOut> => {
    await pass(timeoutMs);
    deadline.abort();
    if (graceMs > 0) await pass(graceMs);
    return timedOut;
  };
  try {
    return await Promise.race([work(deadline.signal), expire()]);
  } finally {
    finished.abort();
  }
}

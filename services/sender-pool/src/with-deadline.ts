import type { Clock } from "@mio/service-kit";

/** The work did not end in time. */
export const timedOut: unique symbol = Symbol("timed out");

/**
 * Runs `work` and aborts its signal after `timeoutMs`; then it is no longer waited for, whether it obeys or
 * not. Rejects as `work` does.
 */
export async function withDeadline<T>(
  work: (signal: AbortSignal) => Promise<T>,
  { timeoutMs, clock }: { readonly timeoutMs: number; readonly clock: Clock },
): Promise<T | typeof timedOut> {
  const deadline = new AbortController();
  const finished = new AbortController();
  const expire = async (): Promise<typeof timedOut> => {
    await clock.sleep(timeoutMs, finished.signal).catch(() => undefined);
    deadline.abort();
    return timedOut;
  };
  try {
    return await Promise.race([work(deadline.signal), expire()]);
  } finally {
    finished.abort();
  }
}

import { toMioError } from "@mio/failure";
import { type Clock, createBackoff, retry } from "@mio/pacing";
import type { Logger } from "@mio/service-kit";

export interface RetryUntilStopped {
  readonly clock: Pick<Clock, "sleep">;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Bounds of the backoff. */
  readonly baseMs: number;
  readonly maxMs: number;
  /** Name of the log line of each failure. */
  readonly event: string;
}

/** Repeats `work` until it succeeds; undefined when `signal` aborts first. Never rejects. */
export async function retryUntilStopped<T>(
  work: (attempt: number) => Promise<T>,
  { clock, logger, signal, baseMs, maxMs, event }: RetryUntilStopped,
): Promise<T | undefined> {
  if (signal.aborted) return undefined;
  const onFailure = (error: unknown, failures: number): boolean => {
    logger.warn({ err: toMioError(error), failures }, event);
    return true;
  };
  // Without a limit of attempts it rejects only once the signal has aborted.
  return await retry(work, { clock, backoff: createBackoff({ baseMs, maxMs }), signal, onFailure }).catch(
    () => undefined,
  );
}

import { type MioError, toMioError } from "@mio/failure";
import { type Backoff, type Clock, retry } from "@mio/pacing";

/**
 * Repeats `work` until it succeeds. Calls `onDelayed` once, after three failures. An attempt in the handler costs no
 * delivery, so an outage of any length creates no dead letter.
 *
 * @throws MioError with `retry: "never"`; the signal's reason when it aborts.
 */
export type Persist = <Result>(
  work: () => Promise<Result>,
  signal: AbortSignal,
  onDelayed?: (error: MioError) => void,
) => Promise<Result>;

export interface PersistOptions {
  readonly clock: Clock;
  readonly backoff: Backoff;
}

/** Failures after which the delay is reported. */
const quietFailures = 3;

export function createPersist(options: PersistOptions): Persist {
  return async (work, signal, onDelayed) => {
    const onFailure = (cause: unknown, failures: number): boolean => {
      const error = toMioError(cause);
      if (error.retry === "never") return false;
      if (failures === quietFailures) onDelayed?.(error);
      return true;
    };
    try {
      return await retry(work, { ...options, signal, onFailure });
    } catch (cause) {
      const error = toMioError(cause);
      if (error.retry !== "never") signal.throwIfAborted();
      throw error;
    }
  };
}

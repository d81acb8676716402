import { type MioError, toMioError } from "@mio/failure";
import type { Backoff, Clock } from "@mio/service-kit";

/**
 * Repeats `work` until it succeeds. Rejects when a failure cannot pass (`retry: "never"`), or when the signal aborts.
 * `onDelayed` is called once, when the first attempts have failed.
 *
 * An attempt in the handler costs no delivery, so an outage of any length makes no dead letter.
 */
export type Persist = <Result>(
  work: () => Promise<Result>,
  signal: AbortSignal,
  onDelayed?: (error: MioError) => void,
) => Promise<Result>;

/** Attempts after which the delay is reported. */
const quietAttempts = 3;

export function createPersist({ clock, backoff }: PersistOptions): Persist {
  return async (work, signal, onDelayed) => {
    for (let attempt = 1; ; attempt += 1) {
      const result = await tryOnce(work);
      if (result.kind === "done") return result.value;
      if (attempt === quietAttempts) onDelayed?.(result.error);
      await clock.sleep(backoff.delayMs(attempt), signal);
    }
  };
}

export interface PersistOptions {
  readonly clock: Clock;
  readonly backoff: Backoff;
}

type Result<Value> =
  | { readonly kind: "done"; readonly value: Value }
  | { readonly kind: "failed"; readonly error: MioError };

async function tryOnce<Value>(work: () => Promise<Value>): Promise<Result<Value>> {
  try {
    return { kind: "done", value: await work() };
  } catch (cause) {
    const error = toMioError(cause);
    if (error.retry === "never") throw error;
    return { kind: "failed", error };
  }
}

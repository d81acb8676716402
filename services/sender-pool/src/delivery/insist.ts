import { MioError, toMioError } from "@mio/failure";
import type { Backoff, Clock, Logger } from "@mio/service-kit";

export interface InsistOptions {
  readonly clock: Clock;
  readonly backoff: Backoff;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * Does `work` until it succeeds, for what must not be forgotten because a database or a broker is away.
 *
 * @throws MioError the last error, when it cannot be repaired by trying or `signal` aborts meanwhile.
 */
export async function insist<T>(work: () => Promise<T>, options: InsistOptions): Promise<T> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await work();
    } catch (caught) {
      const error = toMioError(caught);
      options.logger.warn({ err: error, failures }, "delivery.infrastructure_failed");
      if (error.retry === "never" || options.signal.aborted) throw error;
      await options.clock.sleep(options.backoff.delayMs(failures), options.signal).catch((cause: unknown) => {
        throw interrupted(cause);
      });
    }
  }
}

/** The pool is stopping; the command goes back unharmed. */
export function interrupted(cause?: unknown): MioError {
  return new MioError(
    "delivery.interrupted",
    "The sender pool is stopping; the command is delivered again.",
    {
      retry: "soon",
      cause,
    },
  );
}

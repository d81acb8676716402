import { MioError } from "@mio/failure";
import type { Backoff, Clock, Logger, LogLimiter } from "@mio/service-kit";
import { maxUnexplained, toTrouble } from "./trouble.ts";

export interface InsistOptions {
  readonly clock: Clock;
  readonly backoff: Backoff;
  readonly logger: Logger;
  /** All commands wait for the same thing: one line a second says so. */
  readonly limiter: LogLimiter;
  readonly signal: AbortSignal;
}

/**
 * Does `work` until it succeeds, for what must not be forgotten because a database or a broker is away.
 *
 * @throws MioError the last error, when trying does not help or `signal` aborts meanwhile.
 */
export async function retryForever<T>(work: () => Promise<T>, options: InsistOptions): Promise<T> {
  for (let failures = 1, unexplained = 0; ; failures += 1) {
    try {
      return await work();
    } catch (caught) {
      const { kind, error } = toTrouble(caught);
      if (kind === "unexplained") unexplained += 1;
      options.limiter.limit(`infrastructure ${error.code}`, (left_out) =>
        options.logger.warn({ err: error, failures, left_out }, "delivery.infrastructure_failed"),
      );
      const helps = kind !== "refused" && unexplained < maxUnexplained;
      if (!helps || options.signal.aborted) throw error;
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

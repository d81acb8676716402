import { MioError } from "@mio/failure";

export interface BackoffOptions {
  /** Ceiling of the first delay, in milliseconds; above 0. */
  readonly baseMs: number;
  /** No delay is ever longer, in milliseconds; at least `baseMs`. */
  readonly maxMs: number;
  /** Uniform in [0, 1). Default `Math.random`. */
  readonly random?: () => number;
}

/** How long to wait before trying again; keeps no state, so one value serves every caller. */
export interface Backoff {
  /** The longest delay after `attempt` failures (1 is the first): doubles from `baseMs` up to `maxMs`. */
  ceilingMs(attempt: number): number;
  /** A delay in [0, `ceilingMs(attempt)`), chosen at random so that callers that failed together spread out. */
  delayMs(attempt: number): number;
}

/**
 * Exponential backoff with full jitter.
 *
 * @throws MioError `internal.misuse` when the bounds make no sense.
 */
export function createBackoff({ baseMs, maxMs, random = Math.random }: BackoffOptions): Backoff {
  if (!(baseMs > 0 && maxMs >= baseMs && Number.isFinite(maxMs))) {
    throw new MioError("internal.misuse", "A backoff needs 0 < baseMs <= maxMs.", {
      details: { baseMs, maxMs },
    });
  }
  // 2 ** 1023 is the largest finite power; beyond it the product would be Infinity, which min() still caps.
  const ceilingMs = (attempt: number): number => Math.min(maxMs, baseMs * 2 ** (Math.max(1, attempt) - 1));
  return { ceilingMs, delayMs: (attempt) => random() * ceilingMs(attempt) };
}

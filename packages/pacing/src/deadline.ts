import type { Clock } from "./clock.ts";

/** What `withDeadline` returns when the work did not end in time. */
export const timedOut: unique symbol = Symbol("timed out");

export interface DeadlineOptions {
  readonly timeoutMs: number;
  /** How much longer to wait for work whose signal has aborted; 0 by default. */
  readonly graceMs?: number;
  readonly clock: Pick<Clock, "sleep">;
}

/**
 * Runs `work` and aborts its signal after `timeoutMs`. After the grace period it no longer waits, whether `work` has
 * ended or not; a late rejection is dropped.
 *
 * @throws what `work` throws in time.
 */
export async function withDeadline<T>(
  work: (signal: AbortSignal) => Promise<T>,
  { timeoutMs, graceMs = 0, clock }: DeadlineOptions,
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

/** A signal that aborts with the caller's or after a time, whichever is first. Disposing frees the timer. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
  /** Removes the time limit; the caller's signal stays connected. */
  lift(): void;
}

/** The `reason` of a signal whose time ran out, as opposed to one that the caller aborted. */
export class DeadlineExceeded extends Error {
  override readonly name = "DeadlineExceeded";
}

/** Starts a deadline on the machine's clock. */
export function startDeadline(caller: AbortSignal | undefined, timeoutMs: number): Deadline {
  const own = new AbortController();
  const timer = setTimeout(() => own.abort(new DeadlineExceeded()), timeoutMs);
  const lift = (): void => clearTimeout(timer);
  return {
    signal: caller === undefined ? own.signal : AbortSignal.any([caller, own.signal]),
    lift,
    [Symbol.dispose]: lift,
  };
}

/** Resolves as `work` does, or to undefined as soon as the signal aborts. Leaves no listener behind. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  if (signal.aborted) {
    work.catch(() => undefined);
    return Promise.resolve(undefined);
  }
  return new Promise((resolve, reject) => {
    const giveUp = (): void => resolve(undefined);
    signal.addEventListener("abort", giveUp, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", giveUp));
  });
}

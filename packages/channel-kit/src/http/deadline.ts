/**
 * A signal that fires with the caller's signal or after a time, whichever is first. Disposing it clears the timer.
 */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
  /** Ends the time limit; the caller's signal stays connected. */
  lift(): void;
}

/** The `signal.reason` when the time ran out, to distinguish it from the caller's abort. */
export class DeadlineExceeded extends Error {
  override readonly name = "DeadlineExceeded";
}

export function deadline(caller: AbortSignal | undefined, timeoutMs: number): Deadline {
  const own = new AbortController();
  const timer = setTimeout(() => own.abort(new DeadlineExceeded()), timeoutMs);
  const lift = (): void => clearTimeout(timer);
  return {
    signal: caller === undefined ? own.signal : AbortSignal.any([caller, own.signal]),
    lift,
    [Symbol.dispose]: lift,
  };
}

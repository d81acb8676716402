/** A signal that fires with the caller's or after a time, whichever is first; disposing frees the timer. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
  /** Ends the time limit; the caller's signal stays connected. */
  lift(): void;
}

/** What `signal.reason` is when the time ran out, so that it is told apart from the caller's abort. */
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

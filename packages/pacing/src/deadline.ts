import type { Timers } from "./clock.ts";

/** What `withDeadline` returns when the work did not end in time. */
export const timedOut: unique symbol = Symbol("timed out");

export interface DeadlineOptions {
  readonly timeoutMs: number;
  /** How much longer to wait for work whose signal has aborted; 0 by default. */
  readonly graceMs?: number;
  readonly clock: Timers;
}

/**
 * Runs `work` and aborts its signal after `timeoutMs`. After the grace period it no longer waits, whether `work` has
 * ended or not; a late rejection is dropped. Work that ends in time costs one timer.
 *
 * @throws what `work` throws in time.
 */
export async function withDeadline<T>(
  work: (signal: AbortSignal) => Promise<T>,
  { timeoutMs, graceMs = 0, clock }: DeadlineOptions,
): Promise<T | typeof timedOut> {
  const deadline = new AbortController();
  const { promise: expired, resolve } = Promise.withResolvers<typeof timedOut>();
  const giveUp = (): void => resolve(timedOut);
  let timer = clock.after(timeoutMs, () => {
    deadline.abort();
    if (graceMs > 0) timer = clock.after(graceMs, giveUp);
    else giveUp();
  });
  try {
    return await Promise.race([work(deadline.signal), expired]);
  } finally {
    timer[Symbol.dispose]();
  }
}

/** A signal that follows others until it is disposed of. */
export interface JoinedSignal extends Disposable {
  readonly signal: AbortSignal;
}

/**
 * A signal that aborts with the first of these. For work that ends: it costs a twentieth of `AbortSignal.any`, and must
 * be disposed of.
 */
export function joinSignals(...signals: readonly AbortSignal[]): JoinedSignal {
  const joined = new AbortController();
  const links = signals.map((signal) => follow(signal, (reason) => joined.abort(reason)));
  return {
    signal: joined.signal,
    [Symbol.dispose]: () => {
      for (const link of links) link[Symbol.dispose]();
    },
  };
}

/** Calls back with the reason of a signal when it aborts, or at once if it has. Disposing removes the listener. */
function follow(signal: AbortSignal, onAbort: (reason: unknown) => void): Disposable {
  const pass = (): void => onAbort(signal.reason);
  if (signal.aborted) pass();
  else signal.addEventListener("abort", pass, { once: true });
  return { [Symbol.dispose]: () => signal.removeEventListener("abort", pass) };
}

/**
 * A signal that aborts with the caller's or after a time, whichever is first. Disposing frees the timer and leaves the
 * caller's signal.
 */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
  /** Removes the time limit; the caller's signal stays connected until this is disposed of. */
  lift(): void;
}

/** The `reason` of a signal whose time ran out, as opposed to one that the caller aborted. */
export class DeadlineExceeded extends Error {
  override readonly name = "DeadlineExceeded";
}

/** Starts a deadline on the machine's clock. */
export function startDeadline(caller: AbortSignal | undefined, timeoutMs: number): Deadline {
  const own = new AbortController();
  const link = caller && follow(caller, (reason) => own.abort(reason));
  const timer = setTimeout(() => own.abort(new DeadlineExceeded()), timeoutMs);
  const lift = (): void => clearTimeout(timer);
  return {
    signal: own.signal,
    lift,
    [Symbol.dispose]: () => {
      lift();
      link?.[Symbol.dispose]();
    },
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

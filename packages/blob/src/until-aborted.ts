import { addAbortListener } from "node:events";

/**
 * Passes a source on and stops waiting for it the moment the signal aborts, even when the source
 * itself hangs.
 *
 * @throws the signal's reason.
 */
export async function* untilAborted<T>(
  source: AsyncIterable<T>,
  signal: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  let isWaiting = false;
  try {
    for (;;) {
      signal.throwIfAborted();
      isWaiting = true;
      const step = await unlessAborted(iterator.next(), signal);
      isWaiting = false;
      if (step.done === true) return;
      yield step.value;
    }
  } finally {
    const ended = iterator.return?.();
    // While a source hangs so does its return(); it is let go and ends when it wakes.
    if (isWaiting) ended?.catch(() => undefined);
    else await ended;
  }
}

/**
 * Awaits work, but no longer than until the signal aborts. The work itself goes on unobserved.
 *
 * @throws the signal's reason.
 */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  // The work may win the race and leave no listener for the abort.
  aborted.promise.catch(() => undefined);
  using _listener = addAbortListener(signal, () => aborted.reject(signal.reason));
  return await Promise.race([work, aborted.promise]);
}

import { addAbortListener } from "node:events";

/**
 * Yields from a source and stops waiting as soon as the signal aborts, even if the source hangs.
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
    // The return() of a hanging source hangs too, so it is not awaited; it ends when the source resumes.
    if (isWaiting) ended?.catch(() => undefined);
    else await ended;
  }
}

/**
 * Awaits work until the signal aborts. The work itself continues unobserved.
 *
 * @throws the signal's reason.
 */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  // If the work wins the race, no listener is left for the abort.
  aborted.promise.catch(() => undefined);
  using _listener = addAbortListener(signal, () => aborted.reject(signal.reason));
  return await Promise.race([work, aborted.promise]);
}

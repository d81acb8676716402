/** Waits for `work` until `signal` aborts. */
export async function orAborted(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const { promise: aborted, resolve } = Promise.withResolvers<void>();
  const onAbort = (): void => resolve();
  signal.addEventListener("abort", onAbort, { once: true });
  await Promise.race([work, aborted]).finally(() => signal.removeEventListener("abort", onAbort));
}

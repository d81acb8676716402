/** The work did not finish in time. */
export class TooLate extends Error {
  override readonly name = "TooLate";
}

/**
 * Waits for `work` until the deadline. Then its signal aborts and its result is ignored.
 *
 * @throws TooLate
 */
export async function within<Result>(
  deadlineMs: number,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const deadline = new AbortController();
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(new TooLate(`no answer within ${deadlineMs / 1_000} s`));
    deadline.abort();
  }, deadlineMs);
  try {
    return await Promise.race([work(deadline.signal), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

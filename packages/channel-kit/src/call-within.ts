import { deadline } from "./deadline.ts";
import type { CallContext } from "./outbound.ts";

/**
 * Gives a call of a sender a time of its own, however many requests it makes: at its end the request under way is given
 * up and no other one begins. So `reconcile` can know when nothing more comes of a call, also of one in a process that
 * was stopped and goes on later: it finds the time over before it does anything else.
 */
export async function callWithin<Result>(
  context: CallContext,
  timeoutMs: number,
  work: (context: CallContext) => Promise<Result>,
): Promise<Result> {
  using limit = deadline(context.signal, timeoutMs);
  return await work({ ...context, signal: limit.signal });
}

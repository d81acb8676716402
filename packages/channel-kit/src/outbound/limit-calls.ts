import { startDeadline } from "@mio/pacing";
import type { SendCommand } from "@mio/proto";
import { callWhile } from "../http/call-right.ts";
import type { CallContext, Sender, Sent } from "./outbound.ts";

/**
 * Applies one deadline per call of a sender, across all its requests. At the deadline the current request is aborted
 * and no other one starts. So `reconcile`, which has no deadline, knows when an attempt can post nothing more, even
 * if its process was paused and then resumed: the deadline has passed before it writes anything else.
 */
export function limitCalls<S extends Sender>(sender: S, longestMs: (command: SendCommand) => number): S {
  const change =
    (method: Change): Change =>
    (command, target, context) =>
      within(longestMs(command), context, (limited) => method.call(sender, command, target, limited));
  const { edit, remove, react } = sender;
  return {
    ...sender,
    send: (command, context) =>
      within(longestMs(command), context, (limited) => sender.send(command, limited)),
    ...(edit && { edit: change(edit) }),
    ...(remove && { remove: change(remove) }),
    ...(react && { react: change(react) }),
  };
}

type Change = NonNullable<Sender["edit"]>;

async function within(
  timeoutMs: number,
  context: CallContext,
  work: (context: CallContext) => Promise<Sent>,
): Promise<Sent> {
  using limit = startDeadline(context.signal, timeoutMs);
  const endsAt = performance.now() + timeoutMs;
  return await callWhile(
    () => performance.now() < endsAt,
    () => work({ ...context, signal: limit.signal }),
  );
}

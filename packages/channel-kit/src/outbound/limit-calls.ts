import type { SendCommand } from "@mio/proto";
import { callWhile } from "../http/call-right.ts";
import { deadline } from "../http/deadline.ts";
import type { CallContext, Sender, Sent } from "./outbound.ts";

/**
 * Gives every call of a sender a time of its own, however many requests it makes: at its end the request under way is
 * given up and no other one begins. So `reconcile`, which is not limited, can know when nothing more comes of a call, also
 * of one in a process that was stopped and goes on later: the time is over before it writes anything else.
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
  using limit = deadline(context.signal, timeoutMs);
  const endsAt = performance.now() + timeoutMs;
  return await callWhile(
    () => performance.now() < endsAt,
    () => work({ ...context, signal: limit.signal }),
  );
}

import { waitForEvent } from "@mio/simulator-kit";
import type { SlackMessage } from "./model.ts";
import type { SlackSimulator, SlackWaitOptions } from "./types.ts";

/** Resolves with the first message for which `predicate` holds, in its present state or a later one. */
export async function waitForMessage(
  simulator: Pick<SlackSimulator, "events" | "workspaces">,
  predicate: (message: SlackMessage) => boolean,
  options: SlackWaitOptions = {},
): Promise<SlackMessage> {
  const { after = simulator.events.lastSeq } = options;
  const workspaces = options.after === undefined ? simulator.workspaces() : [];
  for (const workspace of workspaces) {
    for (const { id } of workspace.chats()) {
      const known = workspace.messages(id).find(predicate);
      if (known) return known;
    }
  }
  let found: SlackMessage | undefined;
  await waitForEvent(
    simulator.events,
    (event) => {
      if (!("message" in event) || !predicate(event.message)) return false;
      found = event.message;
      return true;
    },
    { ...options, after },
  );
  if (!found) throw new Error("unreachable: the wait ended without its message");
  return found;
}

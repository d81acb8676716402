import type { CallContext, Sent } from "@mio/channel-kit";
import type { SlackClient } from "../client.ts";
import { platformCodeOf } from "../failure.ts";
import { type Target, targetsOf } from "./targets.ts";

/** Deletes all messages of the target, the first one last, so that it can be found while there is something left. */
export async function removeMessage(
  targetExternalId: string,
  context: CallContext,
  client: SlackClient,
): Promise<Sent> {
  for (const target of targetsOf(targetExternalId, context).toReversed()) {
    await deleteMessage(client, target, context.signal);
  }
  return { externalIds: [] };
}

/** A message that is gone already is as good as deleted. */
export async function deleteMessage(
  client: SlackClient,
  { channel, ts }: Target,
  signal: AbortSignal,
): Promise<void> {
  try {
    await client.call({ ask: (web) => web.chat.delete({ channel, ts }), signal, repeatable: true });
  } catch (error) {
    if (platformCodeOf(error) !== "message_not_found") throw error;
  }
}

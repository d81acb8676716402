import { type CallContext, DeliveryError, type Sent } from "@mio/channel-kit";
import type { SendCommand } from "@mio/proto";
import type { SlackClient } from "../access/client.ts";
import { platformCodeOf } from "../access/failure.ts";
import { attributeKeys } from "../identity/attribute-keys.ts";
import { toTarget } from "../identity/targets.ts";
import { emojiName } from "./emoji.ts";

/** The attribute with this meaning on every platform. */
const removedKey = "mio_reaction_removed";

/** Adds our reaction to a message, or removes it. Succeeds if it is already there, or already gone. */
export async function reactToMessage(
  command: SendCommand,
  target: { readonly externalId: string; readonly context: CallContext },
  client: SlackClient,
): Promise<Sent> {
  const { channel, ts } = toTarget(target.externalId);
  const reaction = { channel, timestamp: ts, name: requireName(command.relation?.reactionEmoji ?? "") };
  const { signal } = target.context;
  const isRemoval = [attributeKeys.reactionRemoved, removedKey].some(
    (key) => command.attributes[key] === "true",
  );
  try {
    if (isRemoval) {
      await client.call({ method: "reactions.remove", args: reaction, signal, repeatable: true });
    } else {
      await client.call({ method: "reactions.add", args: reaction, signal, repeatable: true });
    }
  } catch (error) {
    if (platformCodeOf(error) !== (isRemoval ? "no_reaction" : "already_reacted")) throw error;
  }
  return { externalIds: [] };
}

function requireName(emoji: string): string {
  const name = emojiName(emoji);
  if (name !== undefined) return name;
  throw new DeliveryError({
    kind: "permanent",
    reason: "bad_request",
    message:
      "The reaction is neither an emoji of Slack nor a name; give one character, or a name such as white_check_mark.",
  });
}

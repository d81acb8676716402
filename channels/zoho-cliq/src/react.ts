import { type CallContext, DeliveryError, type Sent } from "@mio/channel-kit";
import type { SendCommand } from "@mio/proto";
import { requireChat } from "./address.ts";
import { attributeKeys } from "./attributes.ts";
import type { CliqClient } from "./client.ts";
import { requirePlatformId } from "./message-ids.ts";

/**
 * Adds a reaction of the authorising user, or takes it away. Emoji are `:names:` or characters.
 *
 * @see https://www.zoho.com/cliq/help/restapi/v2/messages/
 */
export async function react(
  client: CliqClient,
  { command, target }: { readonly command: SendCommand; readonly target: string },
  { signal }: CallContext,
): Promise<Sent> {
  const emoji = emojiCode(command.relation?.reactionEmoji ?? "");
  await client.call({
    method: isRemoval(command) ? "DELETE" : "POST",
    path: ["chats", requireChat(command), "messages", requirePlatformId(target), "reactions"],
    body: { emoji_code: emoji },
    signal,
    repeatable: true,
  });
  return { externalIds: [target] };
}

function isRemoval({ attributes }: SendCommand): boolean {
  return [attributeKeys.reactionRemoved, "mio_reaction_removed"].some((key) => attributes[key] === "true");
}

/** A bare name gets its colons, as other platforms spell names without. */
function emojiCode(emoji: string): string {
  const given = emoji.trim();
  if (given === "") {
    const message = "The command names no emoji.";
    throw new DeliveryError({ kind: "permanent", reason: "invalid", message });
  }
  return /^[\w+-]+$/.test(given) ? `:${given}:` : given;
}

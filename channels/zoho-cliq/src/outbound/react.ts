import { type CallContext, DeliveryError, type DeliveryReason, type Sent, trimOf } from "@mio/channel-kit";
import { emojiOfCharacter, emojiOfName } from "@mio/emoji";
import type { SendCommand } from "@mio/proto";
import type { CliqClient } from "../access/client.ts";
import { requireChat } from "../identity/address.ts";
import { attributeKeys } from "../identity/attribute-keys.ts";
import { requirePlatformId } from "../identity/message-ids.ts";

/**
 * Adds a reaction of the authorising user, or removes it. Cliq accepts characters and its own `:names:`.
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

/** A name of Cliq, or of a custom emoji. */
const cliqName = /^:?([\p{L}\p{M}\p{N}_+-]{1,100}):?$/u;
// regex: one character of a picture
const anyEmoji = /^\p{RGI_Emoji}$/v;

/** The character of an emoji, if it has one. A name between colons is Cliq's own; any other name gets colons. */
function emojiCode(emoji: string): string {
  const given = emoji.trim();
  if (given === "") throw refused("invalid", "The command names no emoji.");
  const isOwnName = given.startsWith(":") && !given.includes("::");
  const known = emojiOfCharacter(given) ?? (isOwnName ? undefined : emojiOfName(trimOf(given, ":")));
  if (known !== undefined) return known.character;
  if (anyEmoji.test(given)) return given;
  const name = cliqName.exec(given)?.[1];
  if (name !== undefined) return `:${name}:`;
  throw refused("bad_request", "The reaction is neither one emoji nor a name.");
}

function refused(reason: DeliveryReason, message: string): DeliveryError {
  return new DeliveryError({ kind: "permanent", reason, message });
}

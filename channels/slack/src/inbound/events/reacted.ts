import { type InboundEvent, reactionCharacterKey } from "@mio/channel-kit";
import { emojiOfName } from "@mio/emoji";
import { MessageRelation_Kind } from "@mio/proto";
import { attributeKeys } from "../../identity/attribute-keys.ts";
import { compositeId } from "../../identity/composite-id.ts";
import { ownUserIds } from "./author.ts";
import { draft } from "./draft.ts";
import { ignored, type Reading } from "./reading.ts";

/** An emoji added to a message, or removed. */
export function readReacted(reading: Reading): InboundEvent {
  const { envelope, self } = reading;
  const { type, item, user, reaction, ts, eventTs } = envelope.event;
  const target = compositeId(item?.channel ?? "", item?.ts ?? "");
  if (item === undefined || target === "") return ignored("not_on_a_message");
  const happenedAt = eventTs || ts;
  if (user === "" || reaction === "" || happenedAt === "") return ignored("no_identity");
  if (ownUserIds(envelope, self).has(user)) return ignored("own_reaction");
  const isRemoved = type === "reaction_removed";
  return draft(
    {
      channel: item.channel,
      channelType: item.channelType || envelope.event.channelType,
      sourceMessageId: `${target}:${user}:${reaction}:${isRemoved ? "remove" : "add"}:${happenedAt}`,
      sender: { externalId: user, displayName: "", isBot: user === "USLACKBOT" },
      relation: {
        kind: MessageRelation_Kind.REACTION,
        targetExternalId: target,
        reactionEmoji: reaction,
      },
      attributes: {
        [reactionCharacterKey]: emojiOfName(reaction)?.character ?? "",
        [attributeKeys.ts]: happenedAt,
        [attributeKeys.reactionRemoved]: isRemoved ? "true" : "",
      },
      happenedAt,
    },
    reading,
  );
}

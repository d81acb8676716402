import type { InboundEvent } from "@mio/channel-kit";
import { MessageRelation_Kind } from "@mio/proto";
import { attributeKeys } from "../../identity/attribute-keys.ts";
import { compositeId } from "../../identity/composite-id.ts";
import { draft, senderOf } from "./draft.ts";
import { messageAttributes, refusedAuthor } from "./posted.ts";
import { ignored, type Reading } from "./reading.ts";
import type { SlackMessage } from "./slack-event.ts";

export function readDeleted(reading: Reading): InboundEvent {
  const { deletedTs, previousMessage } = reading.envelope.event;
  return readDeletion(reading, deletedTs, previousMessage);
}

/**
 * A deleted message. Its author is known only if Slack sends the previous message; Slack never sends who deleted it.
 */
export function readDeletion(
  reading: Reading,
  deletedTs: string,
  previous: SlackMessage | undefined,
): InboundEvent {
  const { channel, channelType, ts, eventTs } = reading.envelope.event;
  const target = compositeId(channel, deletedTs);
  if (target === "") return ignored("no_identity");
  const reason = previous && refusedAuthor(previous, reading);
  if (reason !== undefined) return ignored(reason);
  const known = previous === undefined ? {} : messageAttributes(previous, reading);
  return draft(
    {
      channel,
      channelType,
      sourceMessageId: `${target}:delete`,
      sender: previous ? senderOf(previous) : { externalId: "", displayName: "", isBot: false },
      relation: { kind: MessageRelation_Kind.DELETE, targetExternalId: target },
      attributes: { ...known, [attributeKeys.mentionsBot]: "", [attributeKeys.ts]: deletedTs },
      happenedAt: eventTs || ts,
    },
    reading,
  );
}

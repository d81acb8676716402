import type { InboundEvent } from "@mio/channel-kit";
import { MessageRelation_Kind } from "@mio/proto";
import { attributeKeys } from "../../identity/attribute-keys.ts";
import { compositeId } from "../../identity/composite-id.ts";
import { mentions, ownUserIds } from "./author.ts";
import { readDeletion } from "./deleted.ts";
import { draft, senderOf } from "./draft.ts";
import { messageAttributes, refusalOf } from "./posted.ts";
import { ignored, type Reading } from "./reading.ts";
import type { SlackMessage } from "./slack-event.ts";

/** A changed message. Slack also reports changes that people cannot see, such as link previews. */
export function readChanged(reading: Reading): InboundEvent {
  const { channel, channelType, ts, eventTs, message, previousMessage: previous } = reading.envelope.event;
  if (message === undefined) return ignored("no_identity");
  // A deleted first message of a thread leaves a tombstone.
  if (message.subtype === "tombstone") return readDeletion(reading, message.ts, previous);
  const reason = refusalOf(message, reading);
  if (reason !== undefined) return ignored(reason);
  const target = compositeId(channel, message.ts);
  const changedAt = eventTs || ts;
  if (target === "" || changedAt === "") return ignored("no_identity");
  if (previous !== undefined && !isVisible(previous, message)) return ignored("no_visible_change");
  return draft(
    {
      channel,
      channelType,
      sourceMessageId: `${target}:edit:${changedAt}`,
      sender: senderOf(message),
      text: message.content.text,
      files: message.files,
      relation: { kind: MessageRelation_Kind.EDIT, targetExternalId: target },
      attributes: { ...messageAttributes(message, reading), ...mentionByEdit(message, reading) },
      happenedAt: changedAt,
    },
    reading,
  );
}

function isVisible(before: SlackMessage, after: SlackMessage): boolean {
  return before.text !== after.text || fileIds(before) !== fileIds(after) || blocksDiffer(before, after);
}

function fileIds({ files }: SlackMessage): string {
  return files.map(({ id }) => id).join();
}

/** NOTE: Slack adds a layout to what people type, sometimes after posting; it looks the same. */
function blocksDiffer({ content: before }: SlackMessage, { content: after }: SlackMessage): boolean {
  const comparable = (before.layout !== "" && after.layout !== "") || before.byApp || after.byApp;
  return comparable && (before.layout !== after.layout || before.unread.join() !== after.unread.join());
}

/** Whether the edit added the mention of our bot; unknown if Slack does not send the previous message. */
function mentionByEdit(message: SlackMessage, { envelope, self }: Reading): Readonly<Record<string, string>> {
  const { previousMessage: previous } = envelope.event;
  const own = ownUserIds(envelope, self);
  const isNew = previous !== undefined && mentions(message, own) && !mentions(previous, own);
  return { [attributeKeys.mentionedByEdit]: isNew ? "true" : "" };
}

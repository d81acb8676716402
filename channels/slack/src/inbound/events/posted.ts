import type { InboundEvent } from "@mio/channel-kit";
import { MessageRelation_Kind } from "@mio/proto";
import { attributeKeys } from "../../identity/attribute-keys.ts";
import { compositeId } from "../../identity/composite-id.ts";
import { foreignTeam, isBot, isOwn, mentions, ownUserIds } from "./author.ts";
import { type DraftParts, draft, senderOf } from "./draft.ts";
import { type IgnoredReason, ignored, type Reading } from "./reading.ts";
import type { SlackMessage } from "./slack-event.ts";

/** Subtypes of messages to people; all others describe the conversation. */
const messageSubtypes: ReadonlySet<string> = new Set([
  "",
  "bot_message",
  "file_share",
  "me_message",
  "slackbot_response",
  "thread_broadcast",
]);

const membership = /^(channel|group)_(join|leave)$|^bot_(add|remove)$/;
const setting =
  /^(channel|group)_(topic|purpose|name|archive|unarchive|convert_to_private|convert_to_public|posting_permissions|canvas_updated)$|^(un)?pinned_item$/;

/** A new message. Slack sends a mention of our bot as a second event; both become one message. */
export function readPosted(reading: Reading): InboundEvent {
  const { event } = reading.envelope;
  const reason = refusalOf(event, reading);
  if (reason !== undefined) return ignored(reason);
  const id = compositeId(event.channel, event.ts);
  if (id === "") return ignored("no_identity");
  if (isEmpty(event)) return ignored("no_content");
  const root = rootOf(event);
  const parts: DraftParts = {
    channel: event.channel,
    channelType: event.channelType,
    sourceMessageId: id,
    sender: senderOf(event),
    text: event.content.text,
    files: event.files,
    attributes: messageAttributes(event, reading),
    happenedAt: event.ts,
    ...(event.clientMsgId === "" ? {} : { secondId: `${event.channel}:${event.clientMsgId}` }),
    ...(root === ""
      ? {}
      : {
          relation: { kind: MessageRelation_Kind.REPLY, targetExternalId: compositeId(event.channel, root) },
        }),
  };
  return draft(parts, reading);
}

/** The reason to ignore a message; undefined if agents should get it. */
export function refusalOf(message: SlackMessage, reading: Reading): IgnoredReason | undefined {
  const { subtype } = message;
  if (membership.test(subtype)) return "membership";
  if (setting.test(subtype)) return "conversation_setting";
  if (!messageSubtypes.has(subtype)) return "unsupported_subtype";
  return refusedAuthor(message, reading);
}

/** The reason to ignore an author's messages. */
export function refusedAuthor(
  message: SlackMessage,
  { envelope, self, botMessages }: Reading,
): IgnoredReason | undefined {
  if (isOwn(message, envelope, self)) return "own_message";
  return botMessages === "ignore" && isBot(message) ? "bot_message" : undefined;
}

/** Neither visible content nor content that Mio cannot read. */
function isEmpty({ content, files }: SlackMessage): boolean {
  const isShown = content.text !== "" || content.unread.length > 0;
  return !isShown && files.every(({ withheld }) => withheld !== "");
}

/** The ts of the thread's first message; empty outside threads and for that message itself. */
function rootOf({ threadTs, ts }: SlackMessage): string {
  return threadTs === ts ? "" : threadTs;
}

export function messageAttributes(
  message: SlackMessage,
  { envelope, self }: Reading,
): Readonly<Record<string, string>> {
  const isMention = envelope.event.type === "app_mention" || mentions(message, ownUserIds(envelope, self));
  const foreign = foreignTeam(message, envelope);
  const withheld = message.files.filter((file) => file.withheld !== "");
  return {
    [attributeKeys.ts]: message.ts,
    [attributeKeys.threadTs]: rootOf(message),
    [attributeKeys.threadBroadcast]: message.subtype === "thread_broadcast" ? "true" : "",
    [attributeKeys.mentionsBot]: isMention ? "true" : "",
    [attributeKeys.recipientUserId]: isBot(message) ? "" : message.user,
    [attributeKeys.authorExternal]: foreign === "" ? "" : "true",
    [attributeKeys.authorTeamId]: foreign,
    [attributeKeys.botId]: message.botId,
    [attributeKeys.appId]: message.appId,
    [attributeKeys.unreadContent]: message.content.unread.join(),
    [attributeKeys.withheldFiles]: withheld.map((file) => `${file.id}:${file.withheld}`).join(),
  };
}

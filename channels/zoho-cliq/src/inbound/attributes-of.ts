import { replyAttributesKey } from "@mio/channel-kit";
import { ConversationKind } from "@mio/proto";
import type { CliqFile, CliqMention, CliqMessage } from "../content/read/cliq-message.ts";
import { attributeKeys } from "../identity/attribute-keys.ts";
import type { BotIds } from "../identity/bot-ids.ts";
import { canonicalId, timeOfId } from "../identity/canonical-id.ts";
import type { CliqEvent } from "./cliq-event.ts";
import { containerKind } from "./container-kind.ts";
import { deleteOperation, editOperation } from "./operations.ts";

/** The fields of an event for which the envelope has no place, without empty values. */
export function attributesOf(
  event: CliqEvent,
  message: CliqMessage,
  ownBots: BotIds,
): Record<string, string> {
  const { chat, user } = event;
  const time = timeOf(event, message);
  const userId = containerKind(event) === ConversationKind.DM ? user.id : "";
  const optional = {
    [attributeKeys.channelName]: chat.channelName,
    [attributeKeys.organizationId]: user.organizationId,
    [attributeKeys.userId]: userId,
    [attributeKeys.messageId]: message.id,
    [attributeKeys.mentions]:
      message.mentions.length > 0 ? JSON.stringify(message.mentions.map(mentionJson)) : "",
    [attributeKeys.mentionsBot]: trueIf(message.mentions.some(({ id }) => ownBots.has(id))),
    [attributeKeys.unreadContent]: message.unread.join(","),
    [attributeKeys.authorExternal]: trueIf(user.isExternal),
    [attributeKeys.chatType]: ordinaryTypes.has(chat.type) ? "" : chat.type,
    [attributeKeys.attachment]: message.file === undefined ? "" : JSON.stringify(fileJson(message.file)),
    [attributeKeys.displayName]: chat.title,
    [replyAttributesKey]:
      chat.channelName !== "" ? attributeKeys.channelName : userId && attributeKeys.userId,
    [attributeKeys.platformTime]: time === undefined ? "" : String(time),
    ...replyAttributes(message),
  };
  const present: Record<string, string> = { [attributeKeys.operation]: event.operation };
  for (const [key, value] of Object.entries(optional)) if (value !== "") present[key] = value;
  return present;
}

/** Types that the conversation kind expresses already. */
const ordinaryTypes: ReadonlySet<string> = new Set(["channel", "chat", "bot", "dm"]);

function trueIf(isSo: boolean): string {
  return isSo ? "true" : "";
}

/** The time of the event. The times of a changed message are those of the original. */
function timeOf({ operation, time }: CliqEvent, message: CliqMessage): number | undefined {
  if (operation === editOperation || operation === deleteOperation) return time;
  return time ?? message.time ?? timeOfId(canonicalId(message.id));
}

function replyAttributes({ repliedMessage }: CliqMessage): Record<string, string> {
  if (repliedMessage === undefined) return {};
  const { id, text, senderId, senderName, time, type } = repliedMessage;
  return {
    cliq_replied_message_id: id,
    cliq_replied_message_text: text,
    cliq_replied_message_sender_id: senderId,
    cliq_replied_message_sender_name: senderName,
    cliq_replied_message_time: time === undefined ? "" : String(time),
    cliq_replied_message_type: type,
  };
}

function mentionJson({ id, name, dname, type }: CliqMention): Record<string, string> {
  return withoutEmpty({ id, name, dname, type });
}

function fileJson({ name, type, url }: CliqFile): Record<string, string> {
  return withoutEmpty({ name, type, url });
}

function withoutEmpty(fields: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ""));
}

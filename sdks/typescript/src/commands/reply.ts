import type { Message } from "@mio/proto";
import { addressOf, type CommandContent, type SendInit } from "./send.ts";
import { subjectOf } from "./subject.ts";

/** Settings of {@link IncomingMessage.reply}. */
export interface ReplyOptions extends Partial<Omit<CommandContent, "text">> {
  /** The name of this answer among those to one message. Default `reply-1`, `reply-2`, … by order of the calls. */
  readonly step?: string;
  /** Whether to open a thread on the message when it is not in one. Default false. */
  readonly startThread?: boolean;
}

/** The attribute with the names, separated by commas, of the attributes that answers must copy. */
const replyAttributesKey = "mio_reply_attributes";

/** Copied when a message lists nothing, as messages of older gateways do. */
const defaultReplyAttributes = ["cliq_channel_name"];

/** The answer to a message: the same conversation and thread, and the attributes that the channel needs. */
export function toReply(
  message: Message,
  options: ReplyOptions & { readonly text: string; readonly id: string },
): SendInit {
  const { step: _, startThread = false, attributes, ...content } = options;
  const threadRootMessageId = message.threadRootMessageId || (startThread ? rootFor(message) : "");
  return {
    ...content,
    ...addressOf(message),
    ...(threadRootMessageId === "" ? {} : { threadRootMessageId }),
    attributes: { ...replyAttributes(message), ...attributes },
  };
}

/** The message that starts the thread. For an edit, deletion, reaction or pin that is the message it is about. */
function rootFor(message: Message): string {
  const { targetMessageId, targetExternalId } = subjectOf(message);
  return targetMessageId || targetExternalId;
}

/** The attributes that every command about a message copies for its channel. */
export function replyAttributes(message: Message): Record<string, string> {
  const listed = (message.attributes[replyAttributesKey] ?? "").split(",").map((key) => key.trim());
  const copied: Record<string, string> = {};
  for (const key of [...defaultReplyAttributes, ...listed]) {
    const value = message.attributes[key];
    if (value !== undefined && value !== "") copied[key] = value;
  }
  return { ...copied, replied_to: message.id };
}

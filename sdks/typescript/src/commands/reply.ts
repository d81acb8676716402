import type { Message } from "@mio/proto";
import { addressOf, type CommandContent, type SendInit } from "./send.ts";
import { subjectOf } from "./subject.ts";

/** Settings of {@link IncomingMessage.reply}. */
export interface ReplyOptions extends Partial<Omit<CommandContent, "text">> {
  /** Names this answer within the handling. Default `reply-1`, `reply-2`, … by order of the calls. */
  readonly step?: string;
  /** Whether to open a thread on the message when it is not in one. Default false. */
  readonly startThread?: boolean;
}

/** Lists, separated by commas, the attributes of a message that its answers must carry. */
const replyAttributesKey = "mio_reply_attributes";

/** What answers carry when a message lists nothing, as those of older gateways. */
const defaultReplyAttributes = ["cliq_channel_name"];

/** The answer to a message: same place, same thread, and the attributes the channel needs to find it. */
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

/** A message from which a thread can grow: an edit, deletion, reaction or pin is none itself, but about one. */
function rootFor(message: Message): string {
  const { targetMessageId, targetExternalId } = subjectOf(message);
  return targetMessageId || targetExternalId;
}

/** What whatever answers a message must carry for its channel. */
export function replyAttributes(message: Message): Record<string, string> {
  const listed = (message.attributes[replyAttributesKey] ?? "").split(",").map((key) => key.trim());
  const copied: Record<string, string> = {};
  for (const key of [...defaultReplyAttributes, ...listed]) {
    const value = message.attributes[key];
    if (value !== undefined && value !== "") copied[key] = value;
  }
  return { ...copied, replied_to: message.id };
}

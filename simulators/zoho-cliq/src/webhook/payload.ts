import { organizationId } from "../people.ts";
import type { SimChat, SimMessage, SimUser } from "../types.ts";

/**
 * The JSON that the bot's handlers forward: the four parameters of the participation handler for a channel,
 * those of the message handler for a DM.
 *
 * @see https://www.zoho.com/cliq/help/platform/bot-participation-handler.html
 * @see https://www.zoho.com/cliq/help/platform/bot-messagehandler.html
 */
export interface WebhookEvent {
  readonly operation: "message_sent" | "message_edited" | "message_deleted" | "message";
  readonly message: SimMessage;
  readonly chat: SimChat;
  readonly user: SimUser;
  readonly at: Date;
  readonly quoted: SimMessage | undefined;
  /** URL of the file of an attachment message. */
  readonly fileUrl: (token: string) => string;
}

export function toWebhookBody(event: WebhookEvent): string {
  return JSON.stringify(event.chat.kind === "dm" ? toDmPayload(event) : toChannelPayload(event));
}

function toChannelPayload(event: WebhookEvent): object {
  return {
    operation: event.operation,
    data: { time: event.at.getTime(), message: toMessageObject(event) },
    user: toUserObject(event.user),
    chat: {
      id: event.chat.id,
      title: event.chat.title,
      type: "channel",
      chat_type: "channel",
      channel_unique_name: event.chat.name,
      channel_id: event.chat.channelId,
      owner: "137000001",
    },
  };
}

function toDmPayload(event: WebhookEvent): object {
  return {
    operation: event.operation,
    message: toMessageObject(event),
    user: { id: event.user.id, name: event.user.name },
    chat: { id: event.chat.id, title: event.chat.title, is_dm: true },
  };
}

function toMessageObject({ message, chat, quoted, fileUrl }: WebhookEvent): object {
  const { id, text, file } = message;
  if (file) {
    const fileObject = { name: file.name, type: file.mime, url: fileUrl(file.token) };
    return { id, comment: text, type: "attachment", file: fileObject, ...toQuote(quoted) };
  }
  if (chat.kind === "dm") return { id, text, type: "text" };
  return { id, text, type: "text", content: { text }, mentions: message.mentions, ...toQuote(quoted) };
}

function toQuote(quoted: SimMessage | undefined): object {
  if (!quoted) return {};
  return {
    replied_message: {
      id: toWebhookSpelling(quoted),
      text: quoted.text,
      sender: { id: quoted.author.id, name: quoted.author.name },
      time: quoted.postedAt.getTime(),
      type: quoted.file ? "attachment" : "text",
      mentions: quoted.mentions,
    },
  };
}

/** Handlers join the halves of an id with an escaped space, for messages of all authors. */
function toWebhookSpelling(message: SimMessage): string {
  return message.author.kind === "user" ? message.id : message.restId.replace("_", "%20");
}

function toUserObject(user: SimUser): object {
  return {
    id: user.id,
    zoho_user_id: user.id,
    organization_id: organizationId,
    first_name: user.firstName,
    last_name: user.lastName,
    email: `${user.name.toLowerCase().replace(/[^a-z0-9]+/g, ".")}@example.com`,
    country: "us",
    language: "en",
    timezone: "America/Los_Angeles",
    admin: user.id === "137000001",
  };
}

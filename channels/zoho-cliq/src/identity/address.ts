import { type AddressedConversation, DeliveryError } from "@mio/channel-kit";
import type { SendCommand } from "@mio/proto";
import { attributeKeys } from "./attribute-keys.ts";
import { isThreadChat } from "./thread-chat.ts";

/** Where a message goes. */
export type Address =
  | { readonly kind: "channel"; readonly name: string; readonly chatId: string }
  /** The chat of a thread in a channel. */
  | { readonly kind: "thread"; readonly chatId: string }
  /** A person's chat with the bot. */
  | { readonly kind: "direct"; readonly userId: string }
  | { readonly kind: "chat"; readonly chatId: string };

/** One way to address a call. */
export interface Endpoint {
  /** Below `/api/v2`. */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string>>;
  /** Added to the body, in its format. */
  readonly fields?: Readonly<Record<string, string>>;
}

export function addressOf(command: SendCommand): Address {
  return namedAddress(command) ?? { kind: "chat", chatId: requireChat(command) };
}

/** The address in the attributes; empty if the chat id alone decides. */
export function conversationAddress(conversation: AddressedConversation): string {
  const address = namedAddress(conversation);
  switch (address?.kind) {
    case "channel":
      return `channel:${address.name}`;
    case "direct":
      return `user:${address.userId}`;
    case "thread":
    case undefined:
      return "";
  }
}

/** A thread's chat comes first, else an answer would appear in its channel; then the channel, then the person. */
function namedAddress({
  conversationExternalId: chatId,
  attributes,
}: AddressedConversation): Exclude<Address, { kind: "chat" }> | undefined {
  if (isThreadChat(chatId)) return { kind: "thread", chatId };
  const name = attributes[attributeKeys.channelName];
  if (name) return { kind: "channel", name, chatId };
  const userId = attributes[attributeKeys.userId];
  return userId ? { kind: "direct", userId } : undefined;
}

/** @throws DeliveryError `permanent`/`invalid` if the command names no chat. */
export function requireChat(command: SendCommand): string {
  const chat = command.conversationExternalId;
  if (chat !== "") return chat;
  const message = `The command has neither ${attributeKeys.channelName}, ${attributeKeys.userId} nor a chat id.`;
  throw new DeliveryError({ kind: "permanent", reason: "invalid", message });
}

/** Whether the bot is the author of posts to an address. In a bare chat, the author is the authorising user. */
export function isPostedByBot({ kind }: Address): boolean {
  return kind !== "chat";
}

/** The endpoint for a text. Only one, so that a text is never posted twice. */
export function textEndpoint(address: Address, botName: string): Endpoint {
  const asBot = { bot_unique_name: botName };
  switch (address.kind) {
    case "channel":
      return { path: ["channelsbyname", address.name, "message"], query: asBot };
    case "thread":
      return { path: ["chats", address.chatId, "message"], query: asBot };
    case "direct":
      return { path: ["bots", botName, "message"], fields: { userids: address.userId } };
    case "chat":
      return { path: ["chats", address.chatId, "message"] };
  }
}

/**
 * The endpoints for a card, best first. In a channel, a card posted as the bot shows its text only, so that endpoint
 * is last.
 */
export function richEndpoints(address: Address, botName: string): readonly Endpoint[] {
  const last = textEndpoint(address, botName);
  switch (address.kind) {
    case "channel": {
      const byChat = address.chatId === "" ? [] : [{ path: ["chats", address.chatId, "message"] }];
      return [...byChat, { path: ["channelsbyname", address.name, "message"] }, last];
    }
    case "thread":
      return [{ path: ["chats", address.chatId, "message"] }, last];
    case "direct":
    case "chat":
      return [last];
  }
}

/** The endpoint for files; https://www.zoho.com/cliq/help/restapi/v2/files/ */
export function filesEndpoint(address: Address, botName: string): Endpoint {
  const asBot = { bot_unique_name: botName };
  switch (address.kind) {
    case "channel":
      return { path: ["channelsbyname", address.name, "files"], query: asBot };
    case "thread":
      return { path: ["chats", address.chatId, "files"], query: asBot };
    case "direct":
      return { path: ["bots", botName, "files"], fields: { user_id: address.userId } };
    case "chat":
      return { path: ["chats", address.chatId, "files"] };
  }
}

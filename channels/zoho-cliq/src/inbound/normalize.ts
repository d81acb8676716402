import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { type InboundEvent, mimeKind } from "@mio/channel-kit";
import {
  type AttachmentSchema,
  ConversationKind,
  MessageRelation_Kind,
  type MessageRelationSchema,
  MessageSchema,
} from "@mio/proto";
import type { CliqMessage } from "../content/read/cliq-message.ts";
import { type BotIds, isBotId } from "../identity/bot-ids.ts";
import { canonicalId } from "../identity/canonical-id.ts";
import { isThreadChat } from "../identity/thread-chat.ts";
import { attributesOf } from "./attributes-of.ts";
import type { CliqChat, CliqEvent, CliqUser } from "./cliq-event.ts";
import { containerKind } from "./container-kind.ts";
import {
  deleteOperation,
  directOperation,
  editOperation,
  ignoredOperations,
  sentOperation,
} from "./operations.ts";
import { revision, syntheticId } from "./synthetic-id.ts";

/** The reason to ignore an event; a metric counts them by it. */
type IgnoredReason =
  | "unknown_operation"
  | "membership"
  | "thread_state"
  | "no_message"
  | "no_message_id"
  | "no_chat"
  | "no_content"
  | "own_message";

const operations: ReadonlySet<string> = new Set([
  sentOperation,
  editOperation,
  deleteOperation,
  directOperation,
]);

/** Maps a Cliq event to Mio's envelope. Pure and total. */
export function normalize(event: CliqEvent, receivedAt: Date, ownBots: BotIds): InboundEvent {
  const { message, chat, user, operation } = event;
  if (!operations.has(operation)) return ignored(whyNot(event));
  if (message === undefined) return ignored("no_message");
  if (chat.id === "") return ignored("no_chat");
  if (ownBots.has(user.id)) return ignored("own_message");
  const id = messageId(event, message, receivedAt);
  if (id === "") return ignored("no_message_id");
  if (operation === deleteOperation)
    return drafted(event, { ...gone, id: message.id }, { id, receivedAt, ownBots });
  if (operation !== editOperation && !hasContent(message)) return ignored("no_content");
  return drafted(event, message, { id, receivedAt, ownBots });
}

/** A handler that names no operation and forwards no message is not about a person's words. */
function whyNot({ operation, handler }: CliqEvent): IgnoredReason {
  if (operation === "" && handler !== "") return "no_message";
  return ignoredOperations.get(operation) ?? "unknown_operation";
}

/** The content of a deleted message: its words must not reach an agent again. */
const gone: Omit<CliqMessage, "id"> = {
  time: undefined,
  text: "",
  mentions: [],
  file: undefined,
  attachments: [],
  repliedMessage: undefined,
  unread: [],
};

function hasContent({ text, file, attachments, unread }: CliqMessage): boolean {
  return text.trim() !== "" || file !== undefined || attachments.length > 0 || unread.length > 0;
}

interface NormalizeOptions {
  /** The canonical id of the posted or changed message. */
  readonly id: string;
  readonly receivedAt: Date;
  readonly ownBots: BotIds;
}

function drafted(
  event: CliqEvent,
  message: CliqMessage,
  { id, receivedAt, ownBots }: NormalizeOptions,
): InboundEvent {
  const { chat, user } = event;
  const kind = containerKind(event);
  const relation = relationOf(event, message, id);
  const secondId = secondIdOf(event, message);
  return {
    kind: "message",
    draft: {
      workspaceKey: user.organizationId,
      containerKind: kind,
      ...(secondId === "" ? {} : { secondId }),
      message: create(MessageSchema, {
        schemaVersion: 1,
        channelType: "zoho_cliq",
        conversationExternalId: chat.id,
        conversationKind: isInThread(chat, message) ? ConversationKind.THREAD : kind,
        sourceMessageId: sourceIdOf(event, message, id),
        sender: senderOf(user),
        text: message.text,
        attachments: attachmentsOf(message),
        receivedAt: timestampFromDate(receivedAt),
        attributes: attributesOf(event, message, ownBots),
        ...(relation === undefined ? {} : { relation }),
      }),
    },
  };
}

function ignored(reason: IgnoredReason): InboundEvent {
  return { kind: "ignored", reason };
}

/** Only handlers of messages to the bot omit the id; any other event without an id is broken. */
function messageId(event: CliqEvent, message: CliqMessage, receivedAt: Date): string {
  const id = canonicalId(message.id);
  return id === "" && event.operation === directOperation ? syntheticId(event, message, receivedAt) : id;
}

/** A message is deleted at most once, and edited any number of times. */
function sourceIdOf(event: CliqEvent, message: CliqMessage, id: string): string {
  if (event.operation === editOperation) return `${id}:edit:${revision(event, message)}`;
  return event.operation === deleteOperation ? `${id}:delete` : id;
}

/**
 * The mention handler and the participation handler both forward a message that mentions the bot; the former omits
 * its id. A person cannot send two messages in one millisecond; a bot might.
 */
function secondIdOf(
  { operation, handler, sentAt, chat, user }: CliqEvent,
  { mentions }: CliqMessage,
): string {
  const isNew = operation === sentOperation || operation === directOperation;
  const isMention = handler.startsWith("mention");
  const mentionsBot = isMention || mentions.some(({ id, type }) => type === "bot" || isBotId(id));
  if (!isNew || !mentionsBot || sentAt === undefined || user.id === "" || isBotId(user.id)) return "";
  return `${chat.id} ${user.id} ${sentAt}`;
}

function relationOf(
  { operation }: CliqEvent,
  message: CliqMessage,
  id: string,
): MessageInitShape<typeof MessageRelationSchema> | undefined {
  if (operation === editOperation) return { kind: MessageRelation_Kind.EDIT, targetExternalId: id };
  if (operation === deleteOperation) return { kind: MessageRelation_Kind.DELETE, targetExternalId: id };
  const target = canonicalId(message.repliedMessage?.id ?? "");
  return target === "" ? undefined : { kind: MessageRelation_Kind.REPLY, targetExternalId: target };
}

function senderOf(user: CliqUser): { externalId: string; displayName: string; isBot: boolean } {
  if (user.id === "") return { externalId: "system", displayName: "", isBot: true };
  return { externalId: user.id, displayName: user.name, isBot: user.isBot || isBotId(user.id) };
}

function attachmentsOf({ file, attachments }: CliqMessage): MessageInitShape<typeof AttachmentSchema>[] {
  const own = file === undefined ? [] : [file];
  return [...own, ...attachments].map(({ name, type, url }) => ({
    kind: mimeKind(type),
    url,
    mime: type.endsWith("/*") ? "" : type,
    filename: name,
  }));
}

/** A reply, or a message in the chat of a thread. */
function isInThread(chat: CliqChat, { repliedMessage }: CliqMessage): boolean {
  return repliedMessage !== undefined || isThreadChat(chat.id);
}

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
import { attributesOf } from "./attributes.ts";
import { type BotIds, isBotId } from "./bot-ids.ts";
import { canonicalId } from "./canonical-id.ts";
import type { CliqChat, CliqEvent, CliqMessage, CliqUser } from "./cliq-event.ts";
import { containerKind } from "./container-kind.ts";
import { directOperation, editOperation } from "./operations.ts";
import { revision, syntheticId } from "./synthetic-id.ts";
import { isThreadChat } from "./thread-chat.ts";

/** Why an event is of no use; each is counted by these words. */
type IgnoredReason = "unknown_operation" | "no_message" | "no_message_id" | "no_chat" | "own_message";

const operations: ReadonlySet<string> = new Set(["message_sent", editOperation, directOperation]);

/** Maps a Cliq event to Mio's envelope. Pure and total. */
export function normalize(event: CliqEvent, receivedAt: Date, ownBots: BotIds): InboundEvent {
  const { message, chat, user, operation } = event;
  if (!operations.has(operation)) return ignored("unknown_operation");
  if (message === undefined) return ignored("no_message");
  if (chat.id === "") return ignored("no_chat");
  if (ownBots.has(user.id)) return ignored("own_message");
  const id = messageId(event, message, receivedAt);
  if (id === "") return ignored("no_message_id");
  const kind = containerKind(event);
  const relation = relationOf(event, message, id);
  return {
    kind: "message",
    draft: {
      workspaceKey: user.organizationId,
      containerKind: kind,
      message: create(MessageSchema, {
        schemaVersion: 1,
        channelType: "zoho_cliq",
        conversationExternalId: chat.id,
        conversationKind: isInThread(chat, message) ? ConversationKind.THREAD : kind,
        sourceMessageId: operation === editOperation ? `${id}:edit:${revision(event, message)}` : id,
        sender: senderOf(user),
        text: message.text,
        attachments: attachmentsOf(message),
        receivedAt: timestampFromDate(receivedAt),
        attributes: attributesOf(event, message),
        ...(relation === undefined ? {} : { relation }),
      }),
    },
  };
}

function ignored(reason: IgnoredReason): InboundEvent {
  return { kind: "ignored", reason };
}

/** Only the handler of direct messages leaves the id out; anywhere else an event without one is broken. */
function messageId(event: CliqEvent, message: CliqMessage, receivedAt: Date): string {
  const id = canonicalId(message.id);
  return id === "" && event.operation === directOperation ? syntheticId(event, message, receivedAt) : id;
}

function relationOf(
  { operation }: CliqEvent,
  message: CliqMessage,
  id: string,
): MessageInitShape<typeof MessageRelationSchema> | undefined {
  if (operation === editOperation) return { kind: MessageRelation_Kind.EDIT, targetExternalId: id };
  if (message.repliedMessage === undefined) return undefined;
  return { kind: MessageRelation_Kind.REPLY, targetExternalId: canonicalId(message.repliedMessage.id) };
}

function senderOf(user: CliqUser): { externalId: string; displayName: string; isBot: boolean } {
  if (user.id === "") return { externalId: "system", displayName: "", isBot: true };
  return { externalId: user.id, displayName: user.name, isBot: user.isBot || isBotId(user.id) };
}

function attachmentsOf({ file, attachments }: CliqMessage): MessageInitShape<typeof AttachmentSchema>[] {
  const own = file === undefined || file.url === "" ? [] : [file];
  return [...own, ...attachments.filter(({ name, url }) => name !== "" || url !== "")].map(
    ({ name, type, url }) => ({
      kind: mimeKind(type),
      url,
      mime: type,
      filename: name,
    }),
  );
}

/** A reply, or a message in the chat of a thread. */
function isInThread(chat: CliqChat, { repliedMessage }: CliqMessage): boolean {
  return repliedMessage !== undefined || isThreadChat(chat.id);
}

import { timestampDate } from "@bufbuild/protobuf/wkt";
import type { Attachment as WireAttachment, Message as WireMessage } from "@mio/proto";
import {
  type AttachmentErrorCode,
  type AttachmentKind,
  attachmentErrorCodes,
  attachmentKinds,
  type ConversationKind,
  conversationKinds,
  type RelationKind,
  relationKinds,
  toWord,
} from "./enum-words.ts";

/** A platform event as Mio published it. Texts that the platform did not give are empty. */
export interface Message {
  /** A UUID made by Mio. */
  readonly id: string;
  readonly schemaVersion: number;
  readonly tenantId: string;
  readonly accountId: string;
  /** A name of the channel registry, for example `zoho_cliq`. */
  readonly channelType: string;
  /** Mio's id of the conversation. */
  readonly conversationId: string;
  /** The platform's id of the conversation. */
  readonly conversationExternalId: string;
  readonly conversationKind: ConversationKind;
  readonly parentConversationId: string;
  /** The platform's identity of the event, unique within the account. */
  readonly sourceMessageId: string;
  /** The first message of the thread. */
  readonly threadRootMessageId: string;
  readonly sender: Sender | undefined;
  /** Markdown; mentions are the platform's own tokens. */
  readonly text: string;
  readonly attachments: readonly Attachment[];
  /** When Mio received it. */
  readonly receivedAt: Date | undefined;
  readonly attributes: Readonly<Record<string, string>>;
  /** Absent on an ordinary message. */
  readonly relation: Relation | undefined;
}

/** Who wrote a message. */
export interface Sender {
  readonly externalId: string;
  readonly displayName: string;
  readonly isBot: boolean;
}

/** A file, picture or link of a message. */
export interface Attachment {
  readonly kind: AttachmentKind;
  /** Where the platform offers it; usually needs credentials and soon expires. */
  readonly url: string;
  readonly mime: string;
  /** Size in bytes; 0 when not known. */
  readonly bytes: number;
  readonly filename: string;
  /** Where Mio keeps the content. */
  readonly storageKey: string;
  /** Hex digest of the kept content. */
  readonly contentSha256: string;
  readonly errorCode: AttachmentErrorCode;
}

/** How a message relates to another one, which is named by either id. */
export interface Relation {
  readonly kind: RelationKind;
  readonly targetMessageId: string;
  readonly targetExternalId: string;
  readonly reactionEmoji: string;
}

/** A message of the wire in the words of the SDK. */
export function toMessage(wire: WireMessage): Message {
  const { sender, relation, receivedAt } = wire;
  return {
    id: wire.id,
    schemaVersion: wire.schemaVersion,
    tenantId: wire.tenantId,
    accountId: wire.accountId,
    channelType: wire.channelType,
    conversationId: wire.conversationId,
    conversationExternalId: wire.conversationExternalId,
    conversationKind: toWord(conversationKinds, wire.conversationKind, "unspecified"),
    parentConversationId: wire.parentConversationId,
    sourceMessageId: wire.sourceMessageId,
    threadRootMessageId: wire.threadRootMessageId,
    sender: sender && {
      externalId: sender.externalId,
      displayName: sender.displayName,
      isBot: sender.isBot,
    },
    text: wire.text,
    attachments: wire.attachments.map(toAttachment),
    receivedAt: receivedAt && timestampDate(receivedAt),
    attributes: { ...wire.attributes },
    relation: relation && {
      kind: toWord(relationKinds, relation.kind, "unknown"),
      targetMessageId: relation.targetMessageId,
      targetExternalId: relation.targetExternalId,
      reactionEmoji: relation.reactionEmoji,
    },
  };
}

function toAttachment(wire: WireAttachment): Attachment {
  return {
    kind: toWord(attachmentKinds, wire.kind, "unspecified"),
    url: wire.url,
    mime: wire.mime,
    bytes: Number(wire.bytes),
    filename: wire.filename,
    storageKey: wire.storageKey,
    contentSha256: wire.contentSha256,
    errorCode: toWord(attachmentErrorCodes, wire.errorCode, "unspecified"),
  };
}

import type { Attachment, Message, MessageRelation, Sender } from "@mio/proto";
import { capId, cleanJson, cleanText, distinctCleanId, truncateText } from "./clean-text.ts";
import { fitEnvelope } from "./fit-envelope.ts";

/** Maximum length of a platform id in bytes, well below the limit of a Postgres index row. */
export const maxIdBytes = 1024;
/** Maximum size of an encoded draft in bytes. NATS accepts 1 MiB by default, including headers. */
export const defaultMaxEnvelopeBytes: number = 900 * 1024;

const maxLabelBytes = 1024;
const maxUrlBytes = 8 * 1024;
const maxAttributeBytes = 16 * 1024;

/**
 * Makes a draft that the database and the bus accept: no NUL, well-formed strings, ids and labels of limited length, and
 * an encoding of at most `maxEnvelopeBytes` including the ids that are added later.
 *
 * If it does not fit, it drops in this order: the end of the text, the longest attributes, the last attachments. Then the
 * attribute `mio_truncated` is `true`. Idempotent. The argument is not changed.
 *
 * @throws RangeError when `maxEnvelopeBytes` is below 32 KiB, because then the ids may not fit
 */
export function sanitizeDraft(
  message: Message,
  options: { readonly maxEnvelopeBytes?: number } = {},
): Message {
  const { sender, relation, ...rest } = message;
  const cleaned: Message = {
    ...rest,
    ...(sender && { sender: cleanSender(sender) }),
    ...(relation && { relation: cleanRelation(relation) }),
    id: sanitizeId(message.id),
    tenantId: sanitizeId(message.tenantId),
    accountId: sanitizeId(message.accountId),
    channelType: sanitizeId(message.channelType),
    conversationId: sanitizeId(message.conversationId),
    conversationExternalId: sanitizeId(message.conversationExternalId),
    parentConversationId: sanitizeId(message.parentConversationId),
    sourceMessageId: sanitizeId(message.sourceMessageId),
    threadRootMessageId: sanitizeId(message.threadRootMessageId),
    text: cleanText(message.text),
    attachments: message.attachments.map(cleanAttachment),
    attributes: cleanAttributes(message.attributes),
  };
  return fitEnvelope(cleaned, options.maxEnvelopeBytes ?? defaultMaxEnvelopeBytes);
}

function cleanSender(sender: Sender): Sender {
  return {
    ...sender,
    externalId: sanitizeId(sender.externalId),
    displayName: cleanLabel(sender.displayName),
  };
}

function cleanRelation(relation: MessageRelation): MessageRelation {
  return {
    ...relation,
    targetMessageId: sanitizeId(relation.targetMessageId),
    targetExternalId: sanitizeId(relation.targetExternalId),
    reactionEmoji: cleanLabel(relation.reactionEmoji),
  };
}

function cleanAttachment(attachment: Attachment): Attachment {
  return {
    ...attachment,
    url: cleanUrl(attachment.url),
    mime: cleanLabel(attachment.mime),
    filename: cleanLabel(attachment.filename),
    storageKey: cleanLabel(attachment.storageKey),
    contentSha256: cleanLabel(attachment.contentSha256),
  };
}

function cleanAttributes(attributes: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(attributes);
  return Object.fromEntries(
    entries.map(([key, value]) => [
      sanitizeId(key),
      truncateText(cleanJson(cleanText(value)), maxAttributeBytes),
    ]),
  );
}

/** A shortened address would lead nowhere or to another place. */
function cleanUrl(url: string): string {
  const cleaned = cleanText(url);
  return Buffer.byteLength(cleaned) > maxUrlBytes ? "" : cleaned;
}

/** A platform id that the database accepts. Distinct ids stay distinct, and only "" becomes "". Idempotent. */
export function sanitizeId(id: string): string {
  return capId(distinctCleanId(id), maxIdBytes);
}

/** Whether a platform id can identify something: not empty, and accepted by Postgres and protobuf. */
export function isIdentity(id: string): boolean {
  return id !== "" && cleanText(id) === id;
}

function cleanLabel(label: string): string {
  return truncateText(cleanText(label), maxLabelBytes);
}

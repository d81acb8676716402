import { toBinary } from "@bufbuild/protobuf";
import { type Attachment, type Message, MessageSchema } from "@mio/proto";
import { truncateText } from "./clean-text.ts";
import { decodeMessage, encodeMessage } from "./codec.ts";

/** The attribute of a message that was shortened. */
export const truncatedAttribute = "mio_truncated";

/** The size that `completeEnvelope` may add: six ids with their tags. */
const reservedBytes = 512;
const smallestMaxBytes = 32 * 1024;

/**
 * `message`, shortened to `maxBytes` if necessary; see `sanitizeDraft` for the order. Only text, attributes and
 * attachments may have unlimited lengths.
 */
export function fitEnvelope(message: Message, maxBytes: number): Message {
  if (maxBytes < smallestMaxBytes)
    throw new RangeError(`maxEnvelopeBytes must be at least ${smallestMaxBytes}`);
  const budget = maxBytes - reservedBytes;
  if (sizeBound(message) <= budget || sizeOf(message) <= budget) return message;
  return shorten(message, budget);
}

function shorten(message: Message, budget: number): Message {
  const marked = { ...message, attributes: { ...message.attributes, [truncatedAttribute]: "true" } };
  const shorter = withShorterText(marked, budget);
  const fewer = withFewerAttributes(shorter, budget);
  return withFewerAttachments(fewer, budget);
}

/**
 * The encoded message, shortened to `maxBytes` as by `sanitizeDraft`. It is empty if not even the ids fit.
 *
 * @throws MioError `envelope.undecodable`
 */
export function shortenEnvelope(envelope: Uint8Array, maxBytes: number): Uint8Array {
  if (envelope.length <= maxBytes) return envelope;
  const shorter = encodeMessage(shorten(decodeMessage(envelope), maxBytes));
  return shorter.length <= maxBytes ? shorter : new Uint8Array();
}

function withShorterText(message: Message, budget: number): Message {
  const excess = sizeOf(message) - budget;
  const kept = Buffer.byteLength(message.text) - excess;
  return { ...message, text: truncateText(message.text, kept) };
}

function withFewerAttributes(message: Message, budget: number): Message {
  const entries = Object.entries(message.attributes).sort(byLength);
  let size = sizeOf(message);
  while (size > budget && entries.length > 1) {
    const [key, value] = entries.pop() ?? ["", ""];
    size -= Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  return { ...message, attributes: Object.fromEntries(entries) };
}

/** Shortest first. The mark comes before all others, so that it is never dropped. */
function byLength([keyA, a]: [string, string], [keyB, b]: [string, string]): number {
  if (keyA === truncatedAttribute) return -1;
  if (keyB === truncatedAttribute) return 1;
  return keyA.length + a.length - (keyB.length + b.length);
}

function withFewerAttachments(message: Message, budget: number): Message {
  const attachments = [...message.attachments];
  let size = sizeOf(message);
  while (size > budget && attachments.length > 0) size -= attachmentBytes(attachments.pop());
  return { ...message, attachments };
}

function attachmentBytes(attachment: Attachment | undefined): number {
  if (attachment === undefined) return 0;
  const { url, mime, filename, storageKey, contentSha256 } = attachment;
  return Buffer.byteLength(url + mime + filename + storageKey + contentSha256);
}

function sizeOf(message: Message): number {
  return toBinary(MessageSchema, message).length;
}

/** An upper bound of the encoded size without encoding: a UTF-16 unit takes at most three bytes. */
function sizeBound(message: Message): number {
  if (message.$unknown !== undefined) return Number.POSITIVE_INFINITY;
  let units = message.text.length;
  for (const [key, value] of Object.entries(message.attributes)) units += key.length + value.length + 16;
  // All other strings are limited to 8 KiB; see sanitize-draft.ts.
  return 3 * units + message.attachments.length * 13_000 + 20_000;
}

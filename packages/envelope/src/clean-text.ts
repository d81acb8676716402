import { createHash } from "node:crypto";

/** `text` without NUL and lone surrogates, which Postgres and protobuf refuse. */
export function cleanText(text: string): string {
  const withoutNul = text.includes("\0") ? text.replaceAll("\0", "") : text;
  return withoutNul.toWellFormed();
}

/** If `value` is JSON, replaces each escaped NUL by U+FFFD, because parsing it would produce the NUL. */
export function cleanJson(value: string): string {
  if (!value.includes("\\u0000") || !/^\s*[[{"]/.test(value)) return value;
  return value.replace(/\\\\|\\u0000/g, (found) => (found === "\\\\" ? found : "\\ufffd"));
}

/** An id cleaned by {@link cleanText}. If that drops characters, a hash is added, so that distinct ids stay distinct. */
export function distinctCleanId(id: string): string {
  const cleaned = cleanText(id);
  return cleaned === id ? id : `${cleaned}~${sha256(id)}`;
}

/** The longest prefix of `text` with at most `maxBytes` bytes of UTF-8 and only whole characters. */
export function truncateText(text: string, maxBytes: number): string {
  if (text.length * 3 <= maxBytes) return text;
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  let end = Math.max(0, maxBytes);
  while (end > 0 && isContinuation(bytes[end])) end -= 1;
  return bytes.toString("utf8", 0, end);
}

/**
 * An id of at most `maxBytes` bytes. A longer one keeps its beginning and ends in its hash, so distinct ids stay distinct
 * and equal ids stay equal.
 */
export function capId(id: string, maxBytes: number): string {
  if (id.length * 3 <= maxBytes || Buffer.byteLength(id) <= maxBytes) return id;
  const hash = sha256(id);
  return `${truncateText(id, maxBytes - hash.length - 1)}~${hash}`;
}

/** A hash of the UTF-16 units, because UTF-8 makes all lone surrogates equal. */
function sha256(id: string): string {
  return createHash("sha256")
    .update(id.isWellFormed() ? id : Buffer.from(id, "utf16le"))
    .digest("hex");
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

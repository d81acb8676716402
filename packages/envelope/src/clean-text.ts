import { createHash } from "node:crypto";

/** `text` without NUL and lone surrogates, which neither Postgres nor protobuf takes. */
export function cleanText(text: string): string {
  const withoutNul = text.includes("\0") ? text.replaceAll("\0", "") : text;
  return withoutNul.toWellFormed();
}

/** `value` with U+FFFD for each NUL that is escaped in it, if it is JSON: what parses it would get the NUL. */
export function cleanJson(value: string): string {
  if (!value.includes("\\u0000") || !/^\s*[[{"]/.test(value)) return value;
  return value.replace(/\\\\|\\u0000/g, (found) => (found === "\\\\" ? found : "\\ufffd"));
}

/** An id without what {@link cleanText} drops; what was dropped lives on in a hash, so that distinct ids stay distinct. */
export function distinctCleanId(id: string): string {
  const cleaned = cleanText(id);
  return cleaned === id ? id : `${cleaned}~${sha256(id)}`;
}

/** The longest prefix of `text` of at most `maxBytes` bytes of UTF-8, never cutting a character. */
export function truncateText(text: string, maxBytes: number): string {
  if (text.length * 3 <= maxBytes) return text;
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  let end = Math.max(0, maxBytes);
  while (end > 0 && isContinuation(bytes[end])) end -= 1;
  return bytes.toString("utf8", 0, end);
}

/**
 * An id of at most `maxBytes` bytes: a longer one keeps its beginning and ends in its hash, so that
 * distinct ids stay distinct and the same id always becomes the same.
 */
export function capId(id: string, maxBytes: number): string {
  if (id.length * 3 <= maxBytes || Buffer.byteLength(id) <= maxBytes) return id;
  const hash = sha256(id);
  return `${truncateText(id, maxBytes - hash.length - 1)}~${hash}`;
}

/** Of the UTF-16 units: as UTF-8 all half characters would be the same. */
function sha256(id: string): string {
  return createHash("sha256")
    .update(id.isWellFormed() ? id : Buffer.from(id, "utf16le"))
    .digest("hex");
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

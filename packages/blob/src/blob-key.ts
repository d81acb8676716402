import { MioError } from "@mio/failure";

/** The longest key that the strictest backend accepts, in bytes of UTF-8. */
const maxKeyBytes = 1024;
/** The longest file name of common file systems, in bytes of UTF-8. */
const maxSegmentBytes = 255;

/**
 * Rejects a key that some backend cannot store or that would escape the store: empty, too long, absolute, with an
 * empty or over-long segment or one that begins with `.`, a backslash or a control character.
 *
 * @throws MioError `blob.bad_key`
 */
export function assertBlobKey(key: string): void {
  const problem = problemOf(key);
  if (problem !== undefined) {
    throw new MioError("blob.bad_key", `A blob key ${problem}.`, { details: { key } });
  }
}

function problemOf(key: string): string | undefined {
  if (key === "") return "must not be empty";
  if (Buffer.byteLength(key) > maxKeyBytes) return `must not be longer than ${maxKeyBytes} bytes`;
  if (!key.isWellFormed()) return "must be well-formed text";
  if (/[\p{Cc}\\]/u.test(key)) return "must not contain control characters or backslashes";
  const segments = key.split("/");
  if (segments.includes("")) return "must not begin or end with a slash, or contain two in a row";
  if (segments.some((segment) => segment.startsWith("."))) {
    return "must not have a segment that begins with a dot";
  }
  if (segments.some((segment) => Buffer.byteLength(segment) > maxSegmentBytes)) {
    return `must not have a segment longer than ${maxSegmentBytes} bytes`;
  }
  return undefined;
}

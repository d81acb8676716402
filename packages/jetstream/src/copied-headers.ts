import { type HeaderEntry, headerNames } from "@mio/envelope";

/**
 * The maximum size of copied headers on a dead letter. NATS refuses more than 64 KiB of headers; the rest is for the
 * letter's own headers.
 */
export const maxCopiedHeaderBytes: number = 48 * 1_024;

/**
 * Copies the headers of a message for its dead letter.
 *
 * It leaves out headers of earlier redrives and dead letters, names that NATS does not accept, and headers that do not
 * fit. A header with an instruction for the server (`Nats-…`: an expected sequence, a lifetime, a schedule) would take
 * effect again, or make the server refuse the letter; it becomes text in `Mio-Dead-Order`.
 */
export function toCopiedHeaders(headers: Iterable<HeaderEntry>): readonly HeaderEntry[] {
  const copied: HeaderEntry[] = [];
  let left = maxCopiedHeaderBytes;
  for (const [name, value] of headers) {
    const copy = isCopied(name) ? toCopy(name, toOneLine(value)) : undefined;
    if (copy === undefined) continue;
    const bytes = sizeOf(copy);
    if (bytes > left) continue;
    left -= bytes;
    copied.push(copy);
  }
  return copied;
}

/** Whether a header belongs to a dead letter and not to its message; by the exact name that Mio writes. */
export function isAboutDeath(name: string): boolean {
  return aboutDeath.has(name);
}

const aboutDeath: ReadonlySet<string> = new Set([
  headerNames.deadReason,
  headerNames.deadCode,
  headerNames.deadDetail,
  headerNames.deadStream,
  headerNames.deadSequence,
  headerNames.deadDeliveries,
  headerNames.deadTime,
  headerNames.deadDedupId,
  headerNames.deadDurable,
  headerNames.deadSubject,
  headerNames.deadOrder,
  headerNames.deadOmittedBytes,
]);

/** Headers of earlier redrives and dead letters do not concern this one. */
function isCopied(name: string): boolean {
  return name !== headerNames.redrive && name !== headerNames.redriveDurable && !isAboutDeath(name);
}

/** RFC 9110's token, of which NATS clients check a part. */
const headerName = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

function toCopy(name: string, value: string): HeaderEntry | undefined {
  if (name === headerNames.dedupId) return [headerNames.deadDedupId, value];
  if (!headerName.test(name)) return undefined;
  return name.toLowerCase().startsWith("nats-")
    ? [headerNames.deadOrder, `${name}: ${value}`]
    : [name, value];
}

/** A header value: one line without control characters. */
export function toOneLine(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
  return value.replaceAll(/[\u0000-\u001f\u007f]+/g, " ").trim();
}

const encoder = new TextEncoder();

/** `name: value\r\n` */
function sizeOf([name, value]: HeaderEntry): number {
  return encoder.encode(name).length + encoder.encode(value).length + 4;
}

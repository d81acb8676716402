import { type HeaderEntry, headerNames } from "@mio/envelope";

/**
 * The most that copies of headers take on a dead letter. NATS refuses headers of more than 64 KiB in all; the rest is for
 * what the letter says itself.
 */
export const maxCopiedHeaderBytes: number = 48 * 1_024;

/**
 * The headers of a message as its dead letter carries them.
 *
 * Left out are earlier redrives and deaths, names and values that NATS would not take, and what does not fit, the last
 * first. A header that orders something of the server (`Nats-…`: an expected sequence, a lifetime, a schedule) would be
 * obeyed again, or make the server refuse the letter; it is kept as text in `Mio-Dead-Order`.
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

/** Whether a header says how a message died; by exact name, as it is written by Mio. */
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

/** How a message was put back or died before says nothing about this time. */
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

/** A value that a header may hold. */
export function toOneLine(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what a header must not hold
  return value.replaceAll(/[\u0000-\u001f\u007f]+/g, " ").trim();
}

const encoder = new TextEncoder();

/** `name: value\r\n` */
function sizeOf([name, value]: HeaderEntry): number {
  return encoder.encode(name).length + encoder.encode(value).length + 4;
}

import { graveAccent } from "../render/shield.ts";
import { closingOf, openingOf, type Span, sharedWraps, type Wrap } from "./spans.ts";
import { pieceEnd } from "./split-text.ts";

/**
 * Joins spans into parts of at most `maxChars` characters. Split wraps (marks, code) are closed in one part and
 * reopened in the next. Only white space is lost between parts.
 */
export function splitSpans(given: readonly Span[], maxChars: number): readonly string[] {
  return cutSpans(given, maxChars)
    .map(trimmed)
    .filter((part) => part !== "");
}

/** Joins spans into one text. */
export function joinSpans(spans: readonly Span[]): string {
  return cutSpans(spans, Number.POSITIVE_INFINITY).join("");
}

function cutSpans(given: readonly Span[], maxChars: number): readonly string[] {
  const spans = given.flatMap((span) => fitting(span, maxChars));
  const text = spans.map((span) => span.text).join("");
  const parts: string[] = [];
  let place: Place = { span: 0, offset: 0 };
  let at = 0;
  while (at < text.length) {
    const room = roomFrom(spans, place, maxChars);
    const isLast = at + room >= text.length;
    const length = isLast
      ? room
      : pieceEnd(text.slice(at, at + 2 * room + 256), room, keptFrom(spans, place));
    const { part, next } = render(spans, place, length);
    parts.push(part);
    place = next;
    at += length;
  }
  return parts;
}

/** The start of a part. */
interface Place {
  readonly span: number;
  readonly offset: number;
}

/** An atom longer than a part becomes text. Longer code loses its backticks, which could touch its ticks. */
function fitting(span: Span, maxChars: number): readonly Span[] {
  if (span.text === "") return [];
  const around = openingOf(span.wraps, 0).length + closingOf(span.wraps, 0).length;
  if (span.text.length + around <= maxChars) return [span];
  if (span.kind === "atom") return [{ ...span, kind: "text", text: span.instead ?? span.text }];
  if (span.kind !== "code" || !span.text.includes("`")) return [span];
  return [{ ...span, text: span.text.replaceAll("`", graveAccent).trim() }];
}

/** How many characters of text fit into a part with their wraps; at least one. */
function roomFrom(spans: readonly Span[], place: Place, maxChars: number): number {
  let room = 0;
  let used = 0;
  let open: readonly Wrap[] = [];
  for (let index = place.span; index < spans.length; index += 1) {
    const span = spans[index];
    if (span === undefined) break;
    const { text, wraps } = span;
    const shared = sharedWraps(open, wraps);
    used += closingOf(open, shared).length + openingOf(wraps, shared).length;
    const length = text.length - (index === place.span ? place.offset : 0);
    const left = maxChars - used - closingOf(wraps, 0).length;
    if (left <= 0) break;
    room += Math.min(length, left);
    if (length > left) break;
    used += length;
    open = wraps;
  }
  return Math.max(1, room);
}

type Stretch = readonly [from: number, end: number];

/** The stretches from a place on that stay whole, relative to it. */
function* keptFrom(spans: readonly Span[], place: Place): Iterable<Stretch> {
  let at = 0;
  for (let index = place.span; index < spans.length; index += 1) {
    const span = spans[index];
    if (span === undefined) return;
    const from = index === place.span ? place.offset : 0;
    for (const [start, end] of keptIn(span, from)) yield [at + start, at + end];
    at += span.text.length - from;
  }
}

/**
 * The stretches of a span from an offset on that stay whole. One that is longer than a part is split between
 * entities.
 */
function* keptIn({ kind, text }: Span, from: number): Iterable<Stretch> {
  const rest = text.slice(from);
  if (from === 0 && (kind === "atom" || kind === "code")) yield [0, rest.length];
  for (const { index, 0: entity } of rest.matchAll(entities)) yield [index, index + entity.length];
}

const entities = /&(?:amp|lt|gt);/g;

function render(
  spans: readonly Span[],
  place: Place,
  length: number,
): { readonly part: string; readonly next: Place } {
  let part = "";
  let left = length;
  let { span: index, offset } = place;
  let open: readonly Wrap[] = [];
  let inCode = false;
  while (left > 0) {
    const span = spans[index];
    if (span === undefined) break;
    const shared = sharedWraps(open, span.wraps);
    const taken = span.text.slice(offset, offset + left);
    part = `${part}${closingOf(open, shared)}${openingOf(span.wraps, shared)}${taken}`;
    open = span.wraps;
    inCode = span.kind === "code";
    left -= taken.length;
    const isTaken = offset + taken.length === span.text.length;
    offset = isTaken ? 0 : offset + taken.length;
    index += isTaken ? 1 : 0;
  }
  const closing = closingOf(open, 0);
  const isEnd = index === spans.length;
  // The blank at the end of whole code may keep a backtick off the ticks.
  const isWhole = isEnd || (inCode && offset === 0);
  return {
    part: `${isWhole ? part : cutEnd(part, closing, offset > 0)}${closing}`,
    next: { span: index, offset },
  };
}

/** A split of code drops the line end, which its fence replaces; marks close right after a word. */
function cutEnd(part: string, closing: string, isCut: boolean): string {
  if (closing.startsWith("\n")) return isCut ? part.replace(/\n$/, "") : part;
  return closing === "" ? part : part.trimEnd();
}

function trimmed(part: string): string {
  return part.replace(/^(?:[ \t]*\n)+/, "").trimEnd();
}

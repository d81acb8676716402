export interface SplitOptions {
  /** Spans to keep whole if another border is available: links, mentions. Needs the flag `g`. */
  readonly keepTogether?: RegExp;
}

/**
 * Splits a text into pieces of at most `maxChars` UTF-16 units, at the best border available: between paragraphs,
 * lines, words, visible characters, code points. The pieces joined are the text, including white space. A second call
 * does not split a piece further.
 */
export function splitText(
  text: string,
  maxChars: number,
  { keepTogether }: SplitOptions = {},
): readonly string[] {
  const pieces: string[] = [];
  let at = 0;
  while (at < text.length) {
    const isLast = text.length - at <= maxChars;
    // A span longer than another piece does not fit into any.
    const window = text.slice(at, at + 2 * maxChars + lookAheadUnits);
    const end = isLast ? text.length - at : pieceEnd(window, maxChars, matchesOf(window, keepTogether));
    pieces.push(text.slice(at, at + end));
    at += end;
  }
  return pieces;
}

type Stretch = readonly [from: number, end: number];

/**
 * The end of the first piece of a text that is longer than `room`; at least after one code point. `kept` are the
 * stretches to keep whole, in order, except one that begins the text and is longer than the room.
 */
export function pieceEnd(text: string, room: number, kept: Iterable<Stretch>): number {
  const first = firstCodePoint(text);
  return room <= first ? first : Math.max(first, bestBorder(text, room, kept));
}

function* matchesOf(text: string, pattern: RegExp | undefined): Iterable<Stretch> {
  if (pattern === undefined) return;
  for (const match of text.matchAll(pattern)) yield [match.index, match.index + match[0].length];
}

const paragraphEnd = /\n[^\S\n]*\n+/g;
const lineEnd = /\n/g;
const wordEnd = /\s+/g;

function bestBorder(text: string, room: number, kept: Iterable<Stretch>): number {
  const borders = { room, kept: spansWithin(kept, room), characters: charactersOf(text, room) };
  const half = room / 2;
  // A paragraph or line that ends early would leave most of the piece empty.
  const paragraph = lastBorder(text, paragraphEnd, borders);
  if (paragraph > half) return paragraph;
  const line = lastBorder(text, lineEnd, borders);
  if (line > half) return line;
  const word = lastBorder(text, wordEnd, borders);
  if (word > 0) return word;
  const across = borders.kept.find((span) => span.end > room);
  const visible = borders.characters.containing(across?.from ?? room)?.index ?? 0;
  return visible > 0 ? visible : codePointBorder(text, room);
}

interface Span {
  readonly from: number;
  readonly end: number;
}

/** The spans to keep that begin within the room, except one that begins the text and is longer than the room. */
function spansWithin(kept: Iterable<Stretch>, room: number): readonly Span[] {
  const spans: Span[] = [];
  for (const [from, end] of kept) {
    if (from >= room) break;
    if (from > 0 || end <= room) spans.push({ from, end });
  }
  return spans;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** How much text after the room is checked for whether a visible character continues there. */
const lookAheadUnits = 128;

function charactersOf(text: string, room: number): Intl.Segments {
  return graphemes.segment(text.slice(0, room + lookAheadUnits));
}

interface Borders {
  readonly room: number;
  readonly kept: readonly Span[];
  readonly characters: Intl.Segments;
}

/** The end of the last match within the room, outside spans and between characters; 0 if there is none. */
function lastBorder(text: string, pattern: RegExp, { room, kept, characters }: Borders): number {
  const ends = [...text.slice(0, room).matchAll(pattern)].map((match) => match.index + match[0].length);
  const isFree = (end: number): boolean => !kept.some((span) => span.from < end && end < span.end);
  return ends.findLast((end) => isFree(end) && characters.containing(end)?.index === end) ?? 0;
}

function codePointBorder(text: string, room: number): number {
  return room > 0 && isLeading(text.charCodeAt(room - 1)) && isTrailing(text.charCodeAt(room))
    ? room - 1
    : room;
}

function firstCodePoint(text: string): number {
  return isLeading(text.charCodeAt(0)) && isTrailing(text.charCodeAt(1)) ? 2 : 1;
}

function isLeading(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isTrailing(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/** What a piece of text may be: at most so many UTF-16 units, or whatever the test accepts. */
export type PieceLimit = number | Test;

type Test = (piece: string) => boolean;

export interface SplitOptions {
  /** Spans that are not divided while another border is to be had: links, mentions. Needs the flag `g`. */
  readonly keepTogether?: RegExp;
}

/**
 * Cuts a text into pieces that each fit, at the best border there is: between paragraphs, lines, words, visible
 * characters, code points. The pieces joined are the text again, white space included; a piece is cut no further by a
 * second call. A test that refuses even a single code point gets that code point as a piece.
 *
 * A test should accept the beginnings of what it accepts; where it does not, pieces come out shorter than they could.
 */
export function splitText(text: string, limit: PieceLimit, options: SplitOptions = {}): readonly string[] {
  const pieces: string[] = [];
  let rest = text;
  while (rest !== "") {
    const piece = firstPiece(rest, limit, { hint: pieces.at(-1)?.length, ...options });
    pieces.push(piece);
    rest = rest.slice(piece.length);
  }
  return pieces;
}

export interface FirstPieceOptions extends SplitOptions {
  /** About how long the piece will be, which saves tests. */
  readonly hint?: number | undefined;
}

/** The first piece that `splitText` makes, for who has to change what follows it. */
export function firstPiece(text: string, limit: PieceLimit, options: FirstPieceOptions = {}): string {
  const fits = typeof limit === "number" ? (piece: string) => piece.length <= limit : limit;
  return fits(text) ? text : text.slice(0, borderOf(text, fits, options));
}

/** Where the first piece of a text that does not fit ends. */
function borderOf(text: string, fits: Test, options: FirstPieceOptions): number {
  const first = firstCodePoint(text);
  let room = longestFit(text, fits, options.hint);
  while (room > first) {
    const border = bestBorder(text, room, options);
    // NOTE: a test may refuse the beginning of what it accepts, for example half of a pair of quotes.
    if (fits(text.slice(0, border))) return border;
    room = border - 1;
  }
  return first;
}

/** The longest beginning that fits, by doubling and halving. */
function longestFit(text: string, fits: Test, hint = 512): number {
  const fitsUpTo = (length: number): boolean => fits(text.slice(0, length));
  let high = Math.max(1, hint);
  while (high < text.length && fitsUpTo(high)) high *= 2;
  let low = 0;
  high = Math.min(high, text.length);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fitsUpTo(middle)) low = middle;
    else high = middle;
  }
  return low;
}

const paragraphEnd = /\n[^\S\n]*\n+/g;
const lineEnd = /\n/g;
const wordEnd = /\s+/g;

function bestBorder(text: string, room: number, options: SplitOptions): number {
  const borders = { room, kept: spansAcross(text, room, options), characters: charactersOf(text, room) };
  const half = room / 2;
  // A paragraph or a line that ends early would leave most of the piece empty.
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

/** The spans to keep that begin within the room, but for one that begins the text and is longer than the room. */
function spansAcross(text: string, room: number, { keepTogether }: SplitOptions): readonly Span[] {
  if (keepTogether === undefined) return [];
  const spans: Span[] = [];
  // What is longer than another room does not fit into any piece.
  for (const match of text.slice(0, 2 * room).matchAll(keepTogether)) {
    if (match.index >= room) break;
    const end = match.index + match[0].length;
    if (match.index > 0 || end <= room) spans.push({ from: match.index, end });
  }
  return spans;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** How much text after the room is looked at to see whether a visible character goes on there. */
const lookAheadUnits = 128;

function charactersOf(text: string, room: number): Intl.Segments {
  return graphemes.segment(text.slice(0, room + lookAheadUnits));
}

interface Borders {
  readonly room: number;
  readonly kept: readonly Span[];
  readonly characters: Intl.Segments;
}

/** The end of the last match that ends within the room, in no span and between characters; 0 when there is none. */
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

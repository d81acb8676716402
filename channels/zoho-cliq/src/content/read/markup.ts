import { writeMarkdown } from "@mio/markdown";
import { type Node, readInline } from "./markup-inline.ts";

/** Lines of a message that form one block. */
interface Piece {
  readonly kind: "text" | "blank" | "quote" | "list" | "other";
  readonly markdown: string;
}

const fence = "```";

/** Longer than any message of Cliq; longer texts are not parsed. */
const maxChars = 50_000;

/**
 * Converts Cliq's markup (`*bold*`, `_italic_`, `~struck~`, `!quote`, code, links, headings) to Markdown. Characters
 * that are markup only in Markdown are escaped. Other text and its empty lines stay unchanged.
 */
export function toMarkdown(markup: string): string {
  if (markup.length > maxChars) return markup;
  const text = markup.replaceAll("\r\n", "\n");
  const pieces: Piece[] = [];
  let end = 0;
  for (;;) {
    const start = text.indexOf(fence, end);
    const close = start < 0 ? -1 : text.indexOf(fence, start + fence.length + 1);
    if (close < 0) break;
    pieces.push(...readLines(linesBefore(text.slice(end, start))));
    pieces.push(write("other", { type: "code", value: codeOf(text.slice(start + fence.length, close)) }));
    end = close + fence.length;
    if (text[end] === "\n") end += 1;
  }
  if (end < text.length || end === 0) pieces.push(...readLines(text.slice(end).split("\n")));
  return join(pieces);
}

/** In Markdown, a fence needs a separate line. */
function linesBefore(text: string): readonly string[] {
  if (text === "") return [];
  return (text.endsWith("\n") ? text.slice(0, -1) : text).split("\n");
}

function codeOf(inside: string): string {
  const start = inside.startsWith("\n") ? 1 : 0;
  return inside.slice(start, inside.endsWith("\n") ? -1 : undefined);
}

const readers: readonly ((lines: readonly string[], at: number) => [Piece, number] | undefined)[] = [
  readBlank,
  readQuote,
  readHeading,
  readRule,
  readList,
];

function readLines(lines: readonly string[]): readonly Piece[] {
  const pieces: Piece[] = [];
  let text: string[] = [];
  const endText = (): void => {
    if (text.length > 0) pieces.push(write("text", paragraph(text.join("\n"))));
    text = [];
  };
  for (let at = 0; at < lines.length; ) {
    const found = readers.map((read) => read(lines, at)).find((one) => one !== undefined);
    if (found === undefined) {
      text.push(lines[at] ?? "");
      at += 1;
      continue;
    }
    endText();
    pieces.push(found[0]);
    at += found[1];
  }
  endText();
  return pieces;
}

function readBlank(lines: readonly string[], at: number): [Piece, number] | undefined {
  return lines[at]?.trim() === "" ? [{ kind: "blank", markdown: "" }, 1] : undefined;
}

/** One mark with words after it: "!!" and "!=" are not quotations. */
const quoted = /^!(?![!=[(]) ?(\S.*)$/;

function readQuote(lines: readonly string[], at: number): [Piece, number] | undefined {
  const words = matchWhile(lines, at, quoted).map(([, line = ""]) => line);
  if (words.length === 0) return undefined;
  const children = [paragraph(words.join("\n"))];
  return [write("quote", { type: "blockquote", children }), words.length];
}

const heading = /^(#{1,6}) +(\S.*)$/;

function readHeading(lines: readonly string[], at: number): [Piece, number] | undefined {
  const [, signs, words] = heading.exec(lines[at] ?? "") ?? [];
  if (signs === undefined || words === undefined) return undefined;
  const depth = ([1, 2, 3, 4, 5, 6] as const)[signs.length - 1] ?? 6;
  return [write("other", { type: "heading", depth, children: readInline(words) }), 1];
}

function readRule(lines: readonly string[], at: number): [Piece, number] | undefined {
  return /^-{3,}$/.test(lines[at] ?? "") ? [write("other", { type: "thematicBreak" }), 1] : undefined;
}

const bullet = /^- +(\S.*)$/;
const numbered = /^(\d{1,9})\. +(\S.*)$/;

/** Bullets and numbers that people type, which mean the same in Markdown. */
function readList(lines: readonly string[], at: number): [Piece, number] | undefined {
  const points = matchWhile(lines, at, bullet).map(([, words = ""]) => words);
  if (points.length > 0) return [listOf(points), points.length];
  const numbers = matchWhile(lines, at, numbered);
  const start = Number(numbers[0]?.[1]);
  const isInOrder = numbers.every(([, number], index) => number === String(start + index));
  if (numbers.length === 0 || !isInOrder) return undefined;
  return [
    listOf(
      numbers.map(([, , words = ""]) => words),
      start,
    ),
    numbers.length,
  ];
}

function listOf(points: readonly string[], start?: number): Piece {
  const children = points.map((words) => ({ type: "listItem" as const, children: [paragraph(words)] }));
  const order = start === undefined ? { ordered: false } : { ordered: true, start };
  return write("list", { type: "list", ...order, children });
}

function matchWhile(lines: readonly string[], from: number, pattern: RegExp): readonly RegExpExecArray[] {
  const matches: RegExpExecArray[] = [];
  for (let at = from; at < lines.length; at += 1) {
    const match = pattern.exec(lines[at] ?? "");
    if (match === null) break;
    matches.push(match);
  }
  return matches;
}

function paragraph(text: string): Extract<Node, { type: "paragraph" }> {
  return { type: "paragraph", children: readInline(text) };
}

function write(kind: Piece["kind"], block: Node): Piece {
  return { kind, markdown: writeMarkdown({ type: "root", children: [block] }) };
}

/** Joins with the typed empty lines, and with those that separate a quotation or list from the text after it. */
function join(pieces: readonly Piece[]): string {
  const lines: string[] = [];
  pieces.forEach((piece, index) => {
    const before = pieces[index - 1]?.kind;
    const wouldTakeIn = before === "quote" || before === "list";
    if (wouldTakeIn && (piece.kind === "text" || piece.kind === before)) lines.push("");
    lines.push(piece.markdown);
  });
  return lines.join("\n");
}

import type { BlockContent, PhrasingContent } from "mdast";
import { link, paragraph, splitParagraphs, text, token } from "./tree.ts";

/** Parses Slack's markup into a tree: code, quotes, then marks, links and mentions. Entities are decoded once. */
export function readMrkdwn(mrkdwn: string): readonly BlockContent[] {
  return cut(mrkdwn.replace(/\r\n?/g, "\n"), /```([\s\S]+?)```/g).flatMap(
    (piece): readonly BlockContent[] => {
      if (piece.kind === "code")
        return [{ type: "code", value: literal(piece.value.replace(/^\n|\n$/g, "")) }];
      return readLines(piece.value);
    },
  );
}

interface Piece {
  readonly kind: "code" | "text";
  readonly value: string;
}

function cut(source: string, code: RegExp): readonly Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of source.matchAll(code)) {
    pieces.push({ kind: "text", value: source.slice(end, match.index) });
    pieces.push({ kind: "code", value: match[1] ?? "" });
    end = match.index + match[0].length;
  }
  return [...pieces, { kind: "text", value: source.slice(end) }];
}

const quote = /^(?:&gt;|>) ?/;
const quoteOfRest = /^(?:&gt;|>){3} ?/;

/** Lines that begin with `>` are a quote; `>>>` quotes everything after it. */
function readLines(source: string): readonly BlockContent[] {
  const blocks: BlockContent[] = [];
  let lines: string[] = [];
  let isQuote = false;
  const flush = (): void => {
    const content = readParagraphs(lines.join("\n"));
    if (content.length > 0)
      blocks.push(...(isQuote ? [{ type: "blockquote" as const, children: content }] : content));
    lines = [];
  };
  let isRest = false;
  for (const line of source.split("\n")) {
    const isQuoted: boolean = isRest || quote.test(line);
    if (isQuoted !== isQuote) flush();
    isQuote = isQuoted;
    const startsRest: boolean = !isRest && quoteOfRest.test(line);
    lines.push(isRest ? line : line.replace(startsRest ? quoteOfRest : quote, ""));
    isRest ||= startsRest;
  }
  flush();
  return blocks;
}

function readParagraphs(source: string): BlockContent[] {
  return splitParagraphs(readWords(source)).flatMap((children) => [...paragraph(...children)]);
}

/** Code within a line first, then what is in angle brackets, then marks. */
function readWords(source: string): PhrasingContent[] {
  const atoms = cut(source, /`([^`\n]+)`/g).flatMap((piece): readonly Atom[] =>
    piece.kind === "code" ? [{ type: "inlineCode", value: literal(piece.value) }] : readTokens(piece.value),
  );
  return readMarks(atoms);
}

/** A string is text with decoded entities whose marks are not parsed yet. */
type Atom = string | PhrasingContent;

function readTokens(source: string): readonly Atom[] {
  return source
    .split(/(<[^<>\n]+>)/)
    .map((part, index) => (index % 2 === 0 ? decodeEntities(part) : readToken(part.slice(1, -1))))
    .filter((atom) => atom !== "");
}

/** The content of angle brackets: a mention, a date or a link. */
function readToken(inside: string): Atom {
  const bar = inside.indexOf("|");
  const target = bar === -1 ? inside : inside.slice(0, bar);
  const label = bar === -1 ? "" : decodeEntities(inside.slice(bar + 1));
  if (target.startsWith("!date^")) return text(label || (target.split("^")[2] ?? ""));
  if (/^[@#!]/.test(target)) return token(`<${inside}>`);
  const url = decodeEntities(target);
  return /^[A-Za-z][A-Za-z0-9+.-]*:/.test(url) ? link(url, label) : `<${decodeEntities(inside)}>`;
}

/** The ampersand last, so that nothing is decoded twice. */
export function decodeEntities(source: string): string {
  return source.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

/** In code, a token becomes its address, or stays as it is. */
function literal(code: string): string {
  return decodeEntities(
    code.replace(/<([a-z]+:[^<>|\n]*)(?:\|([^<>\n]*))?>/g, (_, url: string, label?: string) => label ?? url),
  );
}

const marks = { "*": "strong", _: "emphasis", "~": "delete" } as const;
type Sign = keyof typeof marks;

interface Sheet {
  readonly children: PhrasingContent[];
  readonly sign: Sign | "";
}

interface Letter {
  readonly at: Atom;
  readonly canOpen: boolean;
  readonly canClose: boolean;
}

/** Marks open before a word and close after one, within a line. A mark without an end is text. */
function readMarks(atoms: readonly Atom[]): PhrasingContent[] {
  const stack: Sheet[] = [{ children: [], sign: "" }];
  for (const letter of letters(atoms)) {
    if (typeof letter.at !== "string") stack.at(-1)?.children.push(letter.at);
    else if (isSign(letter.at)) readSign(letter.at, letter, stack);
    else {
      if (letter.at === "\n") giveUp(stack, 1);
      addText(stack, letter.at);
    }
  }
  giveUp(stack, 1);
  return stack[0]?.children ?? [];
}

function readSign(sign: Sign, { canOpen, canClose }: Letter, stack: Sheet[]): void {
  const isOpen = stack.some((sheet) => sheet.sign === sign);
  if (canClose && isOpen) closeMark(stack, sign);
  else if (canOpen && !isOpen) stack.push({ children: [], sign });
  else addText(stack, sign);
}

function isSign(at: string): at is Sign {
  return at === "*" || at === "_" || at === "~";
}

/** Closes the mark of this sign. Marks that opened inside it and are still open become text. */
function closeMark(stack: Sheet[], sign: Sign): void {
  giveUp(stack, stack.findIndex((sheet) => sheet.sign === sign) + 1);
  const sheet = stack.pop();
  if (sheet === undefined) return;
  stack.at(-1)?.children.push({ type: marks[sign], children: sheet.children });
}

function giveUp(stack: Sheet[], keep: number): void {
  while (stack.length > keep) {
    const sheet = stack.pop();
    if (sheet === undefined) return;
    addText(stack, sheet.sign);
    stack.at(-1)?.children.push(...sheet.children);
  }
}

function addText(stack: readonly Sheet[], value: string): void {
  const children = stack.at(-1)?.children;
  const last = children?.at(-1);
  if (last?.type === "text") last.value += value;
  else children?.push(text(value));
}

/** Splits into runs without signs; each sign and line end is separate. */
function letters(atoms: readonly Atom[]): readonly Letter[] {
  const parts = atoms.flatMap((atom): readonly Atom[] =>
    typeof atom === "string" ? atom.split(/([*_~\n])/).filter((part) => part !== "") : [atom],
  );
  return parts.map((at, index) => {
    const before = edge(parts[index - 1], -1);
    const after = edge(parts[index + 1], 0);
    return {
      at,
      canOpen: !isWord(before) && after.trim() !== "" && after !== at,
      canClose: before.trim() !== "" && !isWord(after) && before !== at,
    };
  });
}

/** The adjacent character of a neighbour; a node counts as a sign. */
function edge(atom: Atom | undefined, at: 0 | -1): string {
  if (atom === undefined) return " ";
  return typeof atom === "string" ? (atom.at(at) ?? " ") : "<";
}

function isWord(character: string): boolean {
  return /[\p{L}\p{N}]/u.test(character);
}

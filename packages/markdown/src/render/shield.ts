import { closingOf, openingOf, type Span, sharedWraps, type Wrap } from "../split/spans.ts";
import type { Dialect } from "./dialect.ts";

/** Separates a mark from its word, invisibly. */
export const zeroWidthSpace = "\u200b";
/** Looks like a tilde, and means "about" before a number. */
const tildeOperator = "\u223c";
/** Looks like a backtick. */
export const graveAccent = "\u02cb";

/** A character of a line that the platform may parse as a mark. */
interface Mark {
  readonly character: string;
  /** Its index in the line. */
  readonly at: number;
  /** Undefined for a mark that we added. */
  readonly literal: { readonly span: number; readonly offset: number } | undefined;
  readonly opens: boolean;
  readonly closes: boolean;
}

/**
 * Prevents the platform from parsing literal characters of a line as marks. Slack and Cliq have no escape for them,
 * and pair marks across links and code. Only characters that could pair are changed: a lone `*`, `2 * 3` and
 * `snake_case` stay.
 */
export function shieldLine(line: readonly Span[], { lineMarks }: Dialect): readonly Span[] {
  const hasMarks = line.some(({ kind, text }) => kind === "text" && /[*_~`]/.test(text));
  const shielded = hasMarks ? replaceMarks(line) : line;
  const [first] = shielded;
  if (first?.kind !== "text" || !lineMarks.test(first.text)) return shielded;
  return [{ ...first, text: `${zeroWidthSpace}${first.text}` }, ...shielded.slice(1)];
}

function replaceMarks(line: readonly Span[]): readonly Span[] {
  const { view, marks } = viewOf(line);
  const changes = new Map<number, Map<number, string>>();
  for (const character of "*_~`") {
    const same = marks.filter((mark) => mark.character === character);
    for (const [{ literal }, replacement] of replacementsOf(same, view)) {
      if (literal === undefined) continue;
      const ofSpan = changes.get(literal.span) ?? new Map<number, string>();
      changes.set(literal.span, ofSpan.set(literal.offset, replacement));
    }
  }
  return line.map((span, index) => {
    const ofSpan = changes.get(index);
    if (ofSpan === undefined) return span;
    const text = span.text.replace(/[*_~`]/g, (mark, offset: number) => ofSpan.get(offset) ?? mark);
    return { ...span, text };
  });
}

/** The line from the platform's view, with one character for each link or piece of code. */
function viewOf(line: readonly Span[]): { readonly view: string; readonly marks: readonly Mark[] } {
  const marks: Mark[] = [];
  let view = "";
  const own = (text: string, opens: boolean): void => {
    for (const character of text) {
      marks.push({ character, at: view.length, literal: undefined, opens, closes: !opens });
      view += character;
    }
  };
  let open: readonly Wrap[] = [];
  for (const [index, { kind, text, wraps }] of line.entries()) {
    const shared = sharedWraps(open, wraps);
    own(closingOf(open, shared), false);
    own(openingOf(wraps, shared), true);
    open = wraps;
    if (kind === "text") {
      for (const { 0: character, index: offset } of text.matchAll(/[*_~`]/g)) {
        const literal = { span: index, offset };
        marks.push({ character, at: view.length + offset, literal, opens: false, closes: false });
      }
    }
    view += kind === "text" || kind === "structure" ? text : "\ufffc";
  }
  own(closingOf(open, 0), false);
  return { view, marks: marks.map((mark) => (mark.literal === undefined ? mark : judged(mark, view))) };
}

/** A mark opens before a word and closes after one, but not within a word or next to another of its kind. */
function judged(mark: Mark, view: string): Mark {
  const before = view.charAt(mark.at - 1);
  const after = view.charAt(mark.at + 1);
  const isRun = before === mark.character || after === mark.character;
  return {
    ...mark,
    opens: !isRun && !isWord(before) && isVisible(after),
    closes: !isRun && isVisible(before) && !isWord(after),
  };
}

function isWord(character: string): boolean {
  return /[\p{L}\p{N}]/u.test(character);
}

function isVisible(character: string): boolean {
  return character.trim() !== "";
}

type Replacements = readonly (readonly [mark: Mark, text: string])[];

function replacementsOf(marks: readonly Mark[], view: string): Replacements {
  const [first] = marks;
  if (first === undefined) return [];
  return first.character === "`" ? backticks(marks, view) : pairing(marks, view);
}

/** Backticks pair anywhere; three of them pair across lines. */
function backticks(marks: readonly Mark[], view: string): Replacements {
  const isFence = ({ at }: Mark): boolean =>
    [0, 1, 2].some((back) => view.startsWith("```", at - back) && at >= back);
  return marks.flatMap((mark) => (marks.length > 1 || isFence(mark) ? [[mark, graveAccent] as const] : []));
}

function pairing(marks: readonly Mark[], view: string): Replacements {
  const replaced = new Map<Mark, string>();
  const candidates = marks.filter((mark) => {
    const isAbout = mark.literal !== undefined && marks.length > 1 && meansAbout(mark, view);
    if (isAbout) replaced.set(mark, tildeOperator);
    return !isAbout;
  });
  const lastClosing = candidates.findLast(mayClose);
  let isOpen = false;
  for (const mark of candidates) {
    if (mark.literal === undefined) isOpen = mark.opens;
    else if (mayPair(mark, { isOpen, lastClosing })) {
      replaced.set(mark, apart(mark));
      isOpen = true;
    }
  }
  return [...replaced];
}

/** NOTE: Slack also strikes out between two tildes that each begin a word. */
function mayClose({ character, literal, opens, closes }: Mark): boolean {
  return closes || (character === "~" && literal !== undefined && opens);
}

interface Others {
  readonly isOpen: boolean;
  readonly lastClosing: Mark | undefined;
}

function mayPair(mark: Mark, { isOpen, lastClosing }: Others): boolean {
  const opens = mark.opens && lastClosing !== undefined && lastClosing.at > mark.at;
  return opens || (isOpen && mayClose(mark));
}

function apart({ character, opens, closes }: Mark): string {
  return `${closes ? zeroWidthSpace : ""}${character}${opens ? zeroWidthSpace : ""}`;
}

function meansAbout({ character, at }: Mark, view: string): boolean {
  return character === "~" && /^\p{Sc}?\d/u.test(view.slice(at + 1, at + 4));
}

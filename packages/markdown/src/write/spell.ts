import {
  beginsAddress,
  endsLabel,
  isMarkup,
  makesMention,
  punctuation,
  standsForAnother,
  type Typed,
} from "./escapes.ts";
import { destination, isSpace, linkKey, type Mark, type Run } from "./runs.ts";

export interface Style {
  readonly emphasis: "*" | "_";
  /** Letters next to marks become character references, so that the marks may be inside a word. */
  readonly guarded: boolean;
}

export interface Spelled {
  readonly text: string;
  /** For each place of the text, the number of its typed character; -1 for markup. */
  readonly typedAt: readonly number[];
}

/**
 * What is escaped: only mentions, the typed characters with these numbers, or every character that can be part of
 * markup.
 */
export type Escaped = "mentions" | "all markup" | ReadonlySet<number>;

interface Sheet extends Style {
  readonly escaped: Escaped;
  readonly parts: string[];
  readonly typedAt: number[];
  /** The number of text characters so far. */
  typed: number;
  /** The beginning of the line. */
  lineHead: string;
  guardNext: boolean;
}

const plainAddress = /^https?:\/\/[A-Za-z0-9.-]+(?:[/?#:][\w.~:/?#@!$&'+,;=%-]*)?$/;
const webAddress = /^[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*$/;
const mailAddress = /^[\w.+-]+@[\w-]+(?:\.[\w-]+)*$/;
/** The longest number of a list item has nine digits. */
const longestHead = 10;

export function spell(runs: readonly Run[], style: Style, escaped: Escaped): Spelled {
  const sheet: Sheet = {
    ...style,
    escaped,
    parts: [],
    typedAt: [],
    typed: 0,
    lineHead: "",
    guardNext: false,
  };
  writeRuns(runs, new Set(), sheet);
  return { text: sheet.parts.join(""), typedAt: sheet.typedAt };
}

type Wrap = Mark | "link";

/** Opens the longest wraps first, so that inner ones close before them. */
function writeRuns(runs: readonly Run[], opened: ReadonlySet<Wrap>, sheet: Sheet): void {
  for (let at = 0; at < runs.length; ) {
    const [wrap, reach] = furthest(runs, at, opened);
    const run = runs[at];
    if (run === undefined) return;
    if (wrap === undefined) {
      writeRun(run, { next: runs[at + 1], inLink: opened.has("link") }, sheet);
      at += 1;
      continue;
    }
    open(wrap, sheet);
    writeRuns(runs.slice(at, at + reach), new Set([...opened, wrap]), sheet);
    close(wrap, run, sheet);
    at += reach;
  }
}

function furthest(runs: readonly Run[], at: number, opened: ReadonlySet<Wrap>): [Wrap | undefined, number] {
  const run = runs[at];
  if (run === undefined) return [undefined, 0];
  const wraps: Wrap[] = [...(run.link ? ["link" as const] : []), ...(isSpace(run) ? [] : run.marks)];
  let best: [Wrap | undefined, number] = [undefined, 0];
  for (const wrap of wraps.filter((one) => !opened.has(one))) {
    const reach = reachOf(wrap, runs, at);
    if (reach > best[1]) best = [wrap, reach];
  }
  return best;
}

/** The number of consecutive runs with the wrap; a mark ends with a word. */
function reachOf(wrap: Wrap, runs: readonly Run[], at: number): number {
  const link = linkKey(runs[at]);
  let end = at;
  let words = at;
  for (let run = runs[end]; run !== undefined; run = runs[end]) {
    if (wrap === "link" ? linkKey(run) !== link : !run.marks.has(wrap)) break;
    end += 1;
    if (wrap === "link" || !isSpace(run)) words = end;
  }
  return words - at;
}

function open(wrap: Wrap, sheet: Sheet): void {
  if (sheet.guarded && wrap !== "link") guardLast(sheet);
  put(wrap === "link" ? "[" : signOf(wrap, sheet), sheet);
}

function close(wrap: Wrap, run: Run, sheet: Sheet): void {
  put(wrap === "link" ? `](${run.link ? destination(run.link) : ""})` : signOf(wrap, sheet), sheet);
  sheet.guardNext = sheet.guarded && wrap !== "link";
}

function signOf(mark: Mark, { emphasis }: Style): string {
  if (mark === "emphasis") return emphasis;
  return mark === "strong" ? "**" : "~~";
}

function put(markup: string, sheet: Sheet): void {
  sheet.guardNext = false;
  if (markup === "") return;
  sheet.parts.push(markup);
  if (sheet.lineHead.length < longestHead) sheet.lineHead += markup;
  for (let at = 0; at < markup.length; at += 1) sheet.typedAt.push(-1);
}

interface Beside {
  readonly next: Run | undefined;
  readonly inLink: boolean;
}

function writeRun(run: Run, { next, inLink }: Beside, sheet: Sheet): void {
  if (run.kind === "text") writeText(run.value, inLink, sheet);
  else if (run.kind === "code") put(codeSpan(run.value), sheet);
  else if (run.kind === "address") put(addressOf(run.value, sheet.parts.at(-1), next), sheet);
  else put(run.value, sheet);
}

function writeText(text: string, inLink: boolean, sheet: Sheet): void {
  let at = 0;
  for (const character of text) {
    at += character.length;
    if (sheet.guardNext && isLetter(character)) put(reference(character), sheet);
    else if (mustEscape({ character, next: text.slice(at, at + 33), inLink }, sheet))
      put(`\\${character}`, sheet);
    else putTyped(character, sheet);
    sheet.typed += 1;
  }
}

function putTyped(character: string, sheet: Sheet): void {
  sheet.guardNext = false;
  sheet.parts.push(character);
  if (character === "\n") sheet.lineHead = "";
  else if (sheet.lineHead.length < longestHead) sheet.lineHead = (sheet.lineHead + character).trimStart();
  for (let unit = 0; unit < character.length; unit += 1) sheet.typedAt.push(sheet.typed);
}

function isLetter(character: string): boolean {
  return !punctuation.test(character) && character.trim() !== "";
}

function mustEscape(typed: Typed, { escaped, typed: index, lineHead, parts }: Sheet): boolean {
  if (!punctuation.test(typed.character)) return false;
  if (makesMention(typed) || endsLabel(typed)) return true;
  if (escaped === "mentions") return false;
  if (escaped !== "all markup") return standsForAnother(typed) || escaped.has(index);
  return isMarkup(typed, lineHead) || beginsAddress(typed, parts.slice(-3).join(""));
}

/** Turns the preceding letter into a character reference. */
function guardLast(sheet: Sheet): void {
  const last = sheet.parts.at(-1) ?? "";
  const isTyped = (sheet.typedAt.at(-1) ?? -1) >= 0;
  if (!isTyped || !isLetter(last)) return;
  sheet.parts.pop();
  sheet.typedAt.length -= last.length;
  put(reference(last), sheet);
}

function reference(character: string): string {
  return `&#x${(character.codePointAt(0) ?? 0).toString(16).toUpperCase()};`;
}

function codeSpan(code: string): string {
  const fence = "`".repeat(longestRun(code, "`") + 1);
  const touches = code.startsWith("`") || code.endsWith("`");
  const isPadded = code.startsWith(" ") && code.endsWith(" ") && code.trim() !== "";
  return touches || isPadded ? `${fence} ${code} ${fence}` : `${fence}${code}${fence}`;
}

export function longestRun(text: string, character: string): number {
  let longest = 0;
  let length = 0;
  for (const one of text) {
    length = one === character ? length + 1 : 0;
    longest = Math.max(longest, length);
  }
  return longest;
}

/** An address needs no brackets if readers detect its end. */
function addressOf(value: string, before: string | undefined, next: Run | undefined): string {
  const isFree = before === undefined || before.trim() === "" || before === "(";
  const isEnd = next === undefined || (next.kind === "text" && /^(?:\s|[.,;:!?)]+(?:\s|$))/.test(next.value));
  if (isFree && isEnd && plainAddress.test(value) && /[\w/]$/.test(value)) return value;
  return webAddress.test(value) || mailAddress.test(value) ? `<${value}>` : value;
}

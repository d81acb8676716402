import type { PhrasingContent, Root } from "mdast";
import { parseMarkdown } from "../read/parse.ts";
import { asTyped } from "./as-typed.ts";
import { appearance, isToken, type Mark, type Run, runsOf } from "./runs.ts";
import { type Escaped, type Style, spell } from "./spell.ts";
import { suspects } from "./suspects.ts";

export interface Place {
  /** The prefix of the line: the sign of a heading, or empty. */
  readonly prefix: string;
  /** The form of a line end. */
  readonly lineEnd: "\n" | " " | "<br>";
}

/** Each style works in more places, and is less readable, than the one before. */
const styles: readonly [Style, ...Style[]] = [
  { emphasis: "*", guarded: false },
  { emphasis: "_", guarded: false },
  { emphasis: "*", guarded: true },
  { emphasis: "_", guarded: true },
];

/** Each round escapes what the previous round still parsed as markup. */
const maxRounds = 4;

/** NOTE: the parser's time grows with the square of the marks in a paragraph; above this it is not called. */
const maxMarkup = 1_000;

/**
 * Writes inline content as Markdown that parses back to the same content. Text is written as typed and parsed again;
 * only characters that were parsed as markup are escaped.
 */
export function writeInline(children: readonly PhrasingContent[], place: Place): string {
  const runs = runsOf(children).flatMap((run) => onItsLine(run, place));
  if (runs.every(isPlain))
    return runs
      .map(({ value }) => value)
      .join("")
      .trim();
  if (countOfMarkup(runs) > maxMarkup)
    return spell(runs, { emphasis: "_", guarded: true }, "all markup").text.trim();
  for (const style of styles) {
    const written = settle(runs, { style, prefix: place.prefix });
    if (written !== undefined) return written;
  }
  // Marks that cannot be written are dropped; the text is not.
  const unmarked = runs.map((run) => ({ ...run, marks: new Set<Mark>() }));
  return spell(unmarked, styles[0], "all markup").text.trim();
}

function countOfMarkup(runs: readonly Run[]): number {
  return runs.reduce(
    (count, { value }) => count + value.replace(/[\p{L}\p{N}\s,?;'"(]+/gu, "").length,
    runs.length,
  );
}

function onItsLine(run: Run, { lineEnd }: Place): readonly Run[] {
  if (lineEnd === "\n" || run.kind !== "text" || !run.value.includes("\n")) return [run];
  if (lineEnd === " ") return [{ ...run, value: run.value.replaceAll("\n", " ") }];
  return run.value.split("\n").flatMap((value, index): readonly Run[] => {
    const line = { ...run, value };
    return index === 0 ? [line] : [{ ...run, kind: "verbatim", value: "<br>" }, line];
  });
}

/** Characters that are never markup within a line. A `#` may end a heading. */
const plainText = /^(?:[\p{L}\p{N} ,?;.!'"%$()/:+=…’“”–—-]|#(?=[\p{L}\p{N}]))*$/u;
/** The start of block markup or of an address. */
const lineStart = /^[ \t]*[-+=#]/;
const address = /:\/\/|www\./i;

/** Whether nothing in it can be markup, anywhere on a line. Most messages end here. */
function isPlain({ kind, value, marks, link }: Run): boolean {
  if (marks.size > 0 || link !== undefined) return false;
  if (kind === "verbatim") return isToken(value);
  return kind === "text" && plainText.test(value) && !lineStart.test(value) && !address.test(value);
}

interface Attempt {
  readonly style: Style;
  readonly prefix: string;
}

/** Writes the content in one style; undefined if it does not parse back. */
function settle(runs: readonly Run[], { style, prefix }: Attempt): string | undefined {
  const neutral = runs.map(withoutToken);
  const wanted = appearance(neutral);
  let escaped: Escaped = "mentions";
  for (let round = 0; round < maxRounds; round += 1) {
    const { text, typedAt } = spell(neutral, style, escaped);
    const read = parseMarkdown(prefix + text);
    if (showsAs(wanted, read, { text, prefix })) return spell(runs, style, escaped).text.trim();
    const known: ReadonlySet<number> = typeof escaped === "string" ? new Set() : escaped;
    const taken = suspects(read, prefix + text).map((offset) => typedAt[offset - prefix.length] ?? -1);
    const more: Set<number> = new Set([...known, ...taken.filter((index) => index >= 0)]);
    if (round > 0 && more.size === known.size) break;
    escaped = more;
  }
  const { text } = spell(neutral, style, "all markup");
  const isRight = showsAs(wanted, parseMarkdown(prefix + text), { text, prefix });
  return isRight ? spell(runs, style, "all markup").text.trim() : undefined;
}

interface Written {
  readonly text: string;
  readonly prefix: string;
}

function showsAs(wanted: string, { children }: Root, { text, prefix }: Written): boolean {
  const content = prefix === "" ? asTyped(children, text) : headingContent(children);
  return content !== undefined && appearance(runsOf(content)) === wanted;
}

function headingContent([first, ...others]: Root["children"]): readonly PhrasingContent[] | undefined {
  if (first === undefined) return [];
  return first.type === "heading" && others.length === 0 ? first.children : undefined;
}

/** Replaces a platform's token with a mention of letters, because the parser may take a token for markup. */
function withoutToken(run: Run): Run {
  if (run.kind !== "verbatim" || !isToken(run.value)) return run;
  const inside = run.value.slice(2, -1).replace(/[^A-Za-z0-9]/g, "x");
  return { ...run, value: `${run.value.slice(0, 1)}@${inside}${run.value.slice(-1)}` };
}

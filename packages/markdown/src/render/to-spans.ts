import { type Span, sharedWraps, type Wrap } from "../split/spans.ts";
import type { Dialect } from "./dialect.ts";
import type { Item, Marks } from "./items.ts";
import { shieldLine, zeroWidthSpace } from "./shield.ts";

const fence: Wrap = { open: "```\n", close: "\n```" };

/**
 * Rendered text with its wraps, line by line. Marks end with their line, because platforms do not pair them across
 * lines.
 */
export function toSpans(items: readonly Item[], dialect: Dialect): readonly Span[] {
  const spans: Span[] = [];
  let line: Span[] = [];
  const endLine = (): void => {
    for (const span of finished(line, dialect)) spans.push(span);
    line = [];
  };
  for (const item of items) {
    switch (item.kind) {
      case "structure":
        endLine();
        spans.push({ kind: "structure", text: item.text, wraps: [] });
        break;
      case "block":
        endLine();
        spans.push(block(dialect.escape(withoutFences(item.text))));
        break;
      default:
        line.push(...inLine(item, dialect));
    }
  }
  endLine();
  return spans;
}

function block(text: string): Span {
  if (text !== "") return { kind: "block", text, wraps: [fence] };
  return { kind: "block", text: "\n", wraps: [{ ...fence, open: "```" }] };
}

/** Breaks up three backticks in a row, at which code would end. */
function withoutFences(code: string): string {
  return code.replace(/``(?=`)/g, `\`\`${zeroWidthSpace}`);
}

type InLine = Exclude<Item, { readonly kind: "structure" | "block" }>;

function inLine(item: InLine, dialect: Dialect): readonly Span[] {
  const wraps = wrapsOf(item.marks, dialect);
  switch (item.kind) {
    case "text":
      return [{ kind: "text", text: item.text, wraps }];
    case "atom":
      return [{ kind: "atom", text: item.text, instead: item.instead, wraps }];
    case "code": {
      const ticks: Wrap = { open: item.ticks, close: item.ticks };
      const text = dialect.escape(withoutFences(item.text));
      return text === "" ? [] : [{ kind: "code", text, wraps: [...wraps, ticks] }];
    }
  }
}

function wrapsOf(marks: Marks, { marks: characters }: Dialect): readonly Wrap[] {
  return marks.map((mark) => ({ open: characters[mark], close: characters[mark] }));
}

function finished(line: readonly Span[], dialect: Dialect): readonly Span[] {
  if (line.length === 0) return line;
  const spans = shieldLine(withBlanksOutside(line), dialect);
  const separated = spans.flatMap((span, at) => [...boundary(spans[at - 1], span), span]);
  return separated.map((span) =>
    span.kind === "text" ? { ...span, text: dialect.escape(span.text) } : span,
  );
}

/** Marks touch their words: blank space at the edge of marked text moves outside. */
function withBlanksOutside(line: readonly Span[]): readonly Span[] {
  const split = line.flatMap((span) =>
    span.kind === "text" && span.wraps.length > 0 ? blanksApart(span) : [span],
  );
  return split.map((span, at) => {
    if (!isBlank(span) || span.wraps.length === 0) return span;
    const before = split.slice(0, at).findLast((other) => !isBlank(other))?.wraps ?? [];
    const after = split.slice(at + 1).find((other) => !isBlank(other))?.wraps ?? [];
    return { ...span, wraps: before.slice(0, sharedWraps(before, after)) };
  });
}

function isBlank({ kind, text }: Span): boolean {
  return kind === "text" && text.trim() === "";
}

function blanksApart(span: Span): readonly Span[] {
  const rest = span.text.trimStart();
  const core = rest.trimEnd();
  const before = span.text.slice(0, span.text.length - rest.length);
  return [before, core, rest.slice(core.length)]
    .filter((text) => text !== "")
    .map((text) => ({ ...span, text }));
}

/** Letters, digits and all non-ASCII characters: platforms ignore a mark that one of these touches from outside. */
const glue = /[\p{L}\p{N}_]|[^\p{ASCII}\u200b\s]/u;

/** A zero-width space between a mark and a word that it would touch from outside, as in Chinese and Japanese text. */
function boundary(before: Span | undefined, span: Span): readonly Span[] {
  if (before === undefined) return [];
  const shared = sharedWraps(before.wraps, span.wraps);
  const closing = before.wraps.at(-1);
  const opening = span.wraps[shared];
  const closes = before.wraps.length > shared;
  const left = closes ? (closing?.close ?? "") : (lastCharacter(before.text) ?? "");
  const right = opening === undefined ? (firstCharacter(span.text) ?? "") : opening.open;
  const isGlued = (opening !== undefined && glue.test(left)) || (closes && glue.test(right));
  if (!isGlued) return [];
  return [{ kind: "text", text: zeroWidthSpace, wraps: span.wraps.slice(0, shared) }];
}

function firstCharacter(text: string): string | undefined {
  const code = text.codePointAt(0);
  return code === undefined ? undefined : String.fromCodePoint(code);
}

function lastCharacter(text: string): string | undefined {
  return [...text.slice(-2)].at(-1);
}

/** A piece of Markdown whose meaning does not depend on the rest. */
export interface Chunk {
  readonly source: string;
  /** Whether it contains no markup, so that parsing is unnecessary. */
  readonly isPlain: boolean;
}

/** A longer chunk ends at the next line that may begin another. */
const enoughChars = 2_000;
/** The same limit within a table, whose rows render the same without its head. */
const enoughTableChars = 8_000;

/**
 * The parser's time grows with the square of the marks. A chunk with more marks than this would take more than about
 * 50 ms, so it is shown as source. Agents do not write so many in one paragraph.
 */
const mostMarks = 1_500;

/**
 * Splits Markdown into chunks: after a blank line, before a line that neither is indented nor belongs to a code
 * block. Joined, they are the text. A text with link definitions is one chunk, because they apply to all of it.
 */
export function chunksOf(markdown: string): readonly Chunk[] {
  const sources = definition.test(markdown) ? [markdown] : cut(markdown);
  return sources.map((source) => ({
    source,
    isPlain: !anyMark.test(source) || countMarks(source) > mostMarks,
  }));
}

const definition = /^[ \t>]*\[[^\]\r\n\u2028\u2029]+\]:/m;
/** A number sign within a word is a plain character. */
const anyMark = /[\\`*_~[\]<>&|@{]|(?:^| )#|:\/\/|www\.|^[ \t]*(?:=+|-+)[ \t]*$|^(?: {4}|\t)| {2}$|\t/m;

/** Deep indentation nests lists, which is as expensive as marks. */
function countMarks(source: string): number {
  let count = 0;
  for (const { 0: found } of source.matchAll(/[`*_~[\]<>!]|^[ \t]+/gm))
    count += found.trim() === "" ? Math.floor(found.length / 8) : 1;
  return count;
}

function cut(markdown: string): readonly string[] {
  const sources: string[] = [];
  let from = 0;
  let wasBlank = false;
  const fences = createFences();
  for (let at = 0; at < markdown.length; ) {
    const newline = markdown.indexOf("\n", at);
    const end = newline < 0 ? markdown.length : newline + 1;
    const line = markdown.slice(at, end);
    const enough = line.includes("|") ? enoughTableChars : enoughChars;
    if (
      (wasBlank || at - from > enough) &&
      at > from &&
      fences.areClosed() &&
      /^[^\s=]/.test(line) &&
      !/^-+\s*$/.test(line)
    ) {
      sources.push(markdown.slice(from, at));
      from = at;
    }
    wasBlank = line.trim() === "";
    fences.read(line);
    at = end;
  }
  return [...sources, markdown.slice(from)];
}

/** What may precede a fence: blank space, marks of quotes and lists. */
const leading = /^[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*/;
const fenceMarks = /^(?:`{3,}|~{3,})/;

interface Fences {
  read(line: string): void;
  areClosed(): boolean;
}

/**
 * Tracks the fences of code blocks. A fence within a list or quote may belong to that or to the text. After such a
 * block with unmatched ends, the rest of the text counts as code, which only means fewer splits.
 */
function createFences(): Fences {
  let open: Fence | undefined;
  return {
    areClosed: () => open === undefined,
    read: (line) => {
      const found = fenceOf(line);
      if (found === undefined) return;
      if (open === undefined) open = opens(found) ? found : undefined;
      else if (closes(found, open)) open = undefined;
    },
  };
}

interface Fence {
  readonly lead: string;
  readonly marks: string;
  readonly info: string;
}

function fenceOf(line: string): Fence | undefined {
  const lead = leading.exec(line)?.[0] ?? "";
  const rest = line.slice(lead.length).trimEnd();
  const marks = fenceMarks.exec(rest)?.[0];
  return marks === undefined ? undefined : { lead, marks, info: rest.slice(marks.length) };
}

function opens({ marks, info }: Fence): boolean {
  return marks.startsWith("~") || !info.includes("`");
}

function closes({ lead, marks, info }: Fence, open: Fence): boolean {
  return marks.startsWith(open.marks) && info.trim() === "" && (open.lead === "") === (lead === "");
}

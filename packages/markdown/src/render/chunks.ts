/** A stretch of Markdown that reads the same by itself. */
export interface Chunk {
  readonly source: string;
  /** Whether it has to be parsed; a text without any mark says what it says. */
  readonly isPlain: boolean;
}

/** A chunk that is longer than this ends at the next line that may begin another. */
const enoughChars = 2_000;
/** So does one within a table, whose rows are shown as such also without its head. */
const enoughTableChars = 8_000;

/**
 * The parser compares marks with marks, so its time grows with their square: a chunk with more of them than this would
 * take it more than about 50 ms, and is shown as it is written. Agents do not write so many in one paragraph.
 */
const mostMarks = 1_500;

/**
 * Cuts Markdown into chunks: after a blank line, before a line that neither is indented nor belongs to a code block.
 * Joined they are the text. A text with link definitions is one chunk, since they hold for all of it.
 */
export function chunksOf(markdown: string): readonly Chunk[] {
  const sources = definition.test(markdown) ? [markdown] : cut(markdown);
  return sources.map((source) => ({
    source,
    isPlain: !anyMark.test(source) || countMarks(source) > mostMarks,
  }));
}

const definition = /^[ \t>]*\[[^\]\r\n\u2028\u2029]+\]:/m;
const anyMark = /[\\`*_~[\]<>&#|@{]|:\/\/|www\.|^[ \t]*(?:=+|-+)[ \t]*$|^(?: {4}|\t)| {2}$|\t/m;

/** Deep indentation nests lists, which costs as marks do. */
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

/** What a fence may stand behind: blank space, marks of quotes and lists. */
const leading = /^[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*/;
const fenceMarks = /^(?:`{3,}|~{3,})/;

interface Fences {
  read(line: string): void;
  areClosed(): boolean;
}

/**
 * Follows the fences of code blocks. One within a list or quote may belong to either that or the text, so after such a
 * block whose ends do not match the rest of the text counts as code: it is only cut less often.
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

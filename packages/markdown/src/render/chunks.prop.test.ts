import fc from "fast-check";
import { expect, test } from "vitest";
import { parseMarkdown } from "../read/parse.ts";
import { joinSpans } from "../split/split-spans.ts";
import { chunksOf } from "./chunks.ts";
import type { Dialect } from "./dialect.ts";
import { layOut } from "./lay-out.ts";
import { renderMarkdown } from "./render-markdown.ts";
import { toSpans } from "./to-spans.ts";

const dialect: Dialect = {
  marks: { bold: "*", italic: "_", strike: "~" },
  lineMarks: /^[!#]/,
  quote: "!",
  nestsQuotes: false,
  escape: (text) => text,
  link: () => undefined,
  token: () => undefined,
};

const word = fc.constantFrom(
  "a",
  "bc",
  "#",
  "##",
  "#7",
  "c#",
  "d#7",
  "1.",
  "2)",
  "-",
  "+",

  "e.f",
  "://",
);
const text = fc
  .array(fc.tuple(word, fc.constantFrom(" ", "\n", "\n\n", "")), { maxLength: 12 })
  .map((words) => words.flat().join(""));

function parsed(source: string): string {
  return joinSpans(toSpans(layOut({ source, root: parseMarkdown(source), dialect }), dialect));
}

/** The parser drops some blanks at the end of a line, which no platform shows. */
function trimLines(text: string): string {
  return text.replace(/ +$/gm, "");
}

test("a chunk that is not parsed renders as if it were", () => {
  let plain = 0;
  const law = fc.property(text, (markdown) => {
    const [chunk, ...more] = chunksOf(markdown);
    fc.pre(chunk?.isPlain === true && more.length === 0);
    plain += markdown.includes("#") ? 1 : 0;
    expect(trimLines(renderMarkdown(markdown, dialect))).toBe(trimLines(parsed(markdown)));
  });
  fc.assert(law, { numRuns: 500 });
  expect(plain).toBeGreaterThan(50);
});

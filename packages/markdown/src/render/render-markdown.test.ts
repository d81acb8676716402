import { expect, it } from "vitest";
import type { Dialect } from "./dialect.ts";
import { renderMarkdown, renderParts, renderPartsInTurns } from "./render-markdown.ts";

const dialect: Dialect = {
  marks: { bold: "*", italic: "_", strike: "~" },
  lineMarks: /^>/,
  quote: "> ",
  nestsQuotes: true,
  escape: (text) => text,
  link: ({ url, label }) => `<${url}|${label}>`,
  token: (text) => text,
};
const parts = (markdown: string, maxChars: number) => renderParts(markdown, { dialect, maxChars });

it("closes split marks, and reopens them in the next part", () => {
  expect(parts("**one two _three four_**", 14)).toEqual(["*one two*", "*_three four_*"]);
  expect(parts("```js\none\ntwo\nthree\n```", 16)).toEqual(["```\none\ntwo\n```", "```\nthree\n```"]);
  expect(parts("`one two three`", 10)).toEqual(["`one two`", "`three`"]);
});

it("keeps links and code whole where a part has room, and shows a longer link as text", () => {
  expect(parts("see [a b](http://e.com) now", 20)).toEqual(["see", "<http://e.com|a b>", "now"]);
  expect(parts("[a b](http://example.com)", 12).join("")).toBe("a b(http://example.com)");
});

it("reads the same in chunks as in one piece", () => {
  const block =
    "para **a**\n\n- x\n\n  y\n\n```\ncode\n\nmore **b**\n```\n\n> q\n\n1. z\n   ```\n   c\n\n   d\n   ```\n\n";
  const one = renderMarkdown(block, dialect);
  expect(renderMarkdown(block.repeat(30), dialect)).toBe(one.repeat(30));
});

it("finds a link's definition anywhere in the text", () => {
  const text = `[t][1]\n\n${"word\n\n".repeat(2_000)}[1]: http://e.com`;
  expect(renderMarkdown(text, dialect)).toMatch(/^<http:\/\/e.com\|t>/);
});

it("yields to other work while it lays out a long text", async () => {
  const text = "**bold** and `code`\n\n".repeat(1_000);
  let turns = 0;
  let isDone = false;
  const count = (): void => {
    turns += 1;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  const laidOut = await renderPartsInTurns(text, { dialect, maxChars: 4_000 });
  isDone = true;
  expect(turns).toBeGreaterThan(5);
  expect(laidOut).toEqual(parts(text, 4_000));
});

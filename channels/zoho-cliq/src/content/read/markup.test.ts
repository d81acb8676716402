import { parseMarkdown } from "@mio/markdown";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toMarkdown } from "./markup.ts";

describe("what a person typed as plain text", () => {
  it.each([
    "restart my_service",
    "2 * 3 * 4",
    "~5 or ~6",
    "snake_case_name, __init",
    "see https://example.com/a_b_c?x=1&y=2, then (https://example.com/~me/*x*).",
    "C:\\new",
    "#channel is no heading",
    "Tom & Jerry, R&D < 5",
    "two\nlines",
    "two\n\nparagraphs",
    "and\n\n\nan empty line more",
    "!! look",
    "a != b",
    "{@b-1974000000016000005} what time is it?",
    "{@participants} all of you",
    "- milk\n- bread",
    "1. one\n2. two",
    "",
  ])("stays as it is: %j", (typed) => expect(toMarkdown(typed)).toBe(typed));
});

describe("Cliq's markup", () => {
  it.each([
    ["*bold*", "**bold**"],
    ["_italic_", "*italic*"],
    ["~struck~", "~~struck~~"],
    ["a *bold* and _italic_ and ~struck~ word", "a **bold** and *italic* and ~~struck~~ word"],
    ["*bold _and italic_ too*", "**bold *and italic* too**"],
    ["*two words*, then", "**two words**, then"],
    ["*粗体*文字", "**粗体**文字"],
    ["*https://x.example/a_b*", "**https://x.example/a_b**"],
    ["`a *b* _c_`", "`a *b* _c_`"],
    ["[the *page*](https://x.example/a_b)", "[the \\*page\\*](https://x.example/a_b)"],
    ["[Grace](zohoid:873421)", "[Grace](zohoid:873421)"],
    ["*hey {@137_1} there*", "**hey {@137_1} there**"],
    ["!quoted", "> quoted"],
    ["! quoted\n!more\nnot quoted", "> quoted\n> more\n\nnot quoted"],
    ["before\n!quoted *words*", "before\n> quoted **words**"],
    ["# Heading", "# Heading"],
    ["### Heading _three_\ntext", "### Heading *three*\ntext"],
    ["a\n---\nb", "a\n***\nb"],
    ["- *one*\n- two\nthree", "- **one**\n- two\n\nthree"],
    ["```a *b*\n  c```", "```\na *b*\n  c\n```"],
    ["see\n```\na\n```\nthen", "see\n```\na\n```\nthen"],
    ["see ```a``` then", "see\n```\na\n```\nthen"],
  ])("%j becomes %j", (markup, markdown) => expect(toMarkdown(markup)).toBe(markdown));

  it.each([
    ["**double**", "\\*\\*double\\*\\*"],
    ["__init__", "\\_\\_init\\_\\_"],
    ["a*b and c*d", "a\\*b and c\\*d"],
    ["> no quote in Cliq", "\\> no quote in Cliq"],
    ["~~twice~~", "\\~\\~twice\\~\\~"],
  ])("%j is text in Cliq and would be markup in Markdown: %j", (markup, markdown) => {
    expect(toMarkdown(markup)).toBe(markdown);
  });

  it("ends at the line", () => {
    expect(toMarkdown("*a\nb*")).toBe("*a\nb*".replaceAll("*", "\\*"));
  });
});

const markupText = fc
  .array(
    fc.constantFrom(
      "*",
      "_",
      "~",
      "`",
      "```",
      "!",
      "#",
      "-",
      " ",
      "\n",
      "a",
      "b",
      "字",
      "[",
      "](https://x.y)",
      "{@1}",
      "1. ",
    ),
    { maxLength: 24 },
  )
  .map((parts) => parts.join(""));

/** The letters in order; markup neither adds nor removes any. */
const lettersOf = (text: string): string => text.replaceAll(/[^ab字]/g, "");

it("keeps every letter in its order, and the tokens of mentions", () => {
  fc.assert(
    fc.property(markupText, (markup) => {
      const markdown = toMarkdown(markup);
      expect(lettersOf(plainOf(markdown))).toBe(lettersOf(markup.replaceAll("https://x.y", "")));
    }),
    { numRuns: 1_000 },
  );
});

it("takes linear time", () => {
  for (const part of ["*a ", "_", "`", "[", "```a", "!a\n", "{@", "- a\n", "~a~ "]) {
    const markup = part.repeat(Math.floor(40_000 / part.length));
    const started = performance.now();
    toMarkdown(markup);
    expect(performance.now() - started, part).toBeLessThan(10_000);
  }
});

/** The words of a text in Markdown, code and tokens included. */
function plainOf(markdown: string): string {
  const words: string[] = [];
  const walk = (node: { readonly value?: unknown; readonly children?: readonly object[] }): void => {
    if (typeof node.value === "string") words.push(node.value);
    node.children?.forEach(walk);
  };
  walk(parseMarkdown(markdown));
  return words.join("");
}

import type { PhrasingContent, Root, RootContent } from "mdast";
import { describe, expect, it } from "vitest";
import { writeMarkdown } from "./write.ts";

function paragraph(...children: PhrasingContent[]): RootContent {
  return { type: "paragraph", children };
}

function root(...children: RootContent[]): Root {
  return { type: "root", children };
}

const text = (value: string): PhrasingContent => ({ type: "text", value });
const token = (value: string): PhrasingContent => ({ type: "html", value });
const strong = (...children: PhrasingContent[]): PhrasingContent => ({ type: "strong", children });
const emphasis = (...children: PhrasingContent[]): PhrasingContent => ({ type: "emphasis", children });

describe("what a person typed", () => {
  it.each([
    "restart my_service",
    "2 * 3 * 4",
    "~5 or ~6",
    "C:\\new",
    "Tom & Jerry, R&D",
    "a < b > c",
    "see https://example.com/a_b_c?x=1&y=2, then (https://example.com).",
    "https://example.com/*a*",
    "snake_case_name and __init",
    "#channel is no heading",
    "[x] done",
    "42.",
    "5 - 3\n+1 for it",
    "{name}",
    "two\nlines",
    "- a\n- b",
    "Plan:\n- a\n- [ ] b\n1. one\n2) two\n* c\nthe end",
  ])("stays as it is: %s", (typed) => {
    const markdown = writeMarkdown(root(paragraph(text(typed))));
    expect(markdown).toBe(typed);
  });

  it.each([
    ["# heading", "\\# heading"],
    ["*a* b", "\\*a\\* b"],
    ["__init__", "\\_\\_init\\_\\_"],
    ["a `b` c", "a \\`b\\` c"],
    ["> a\n> b", "\\> a\n\\> b"],
    ["-\ntext", "\\-\ntext"],
    ["title\n===", "title\n\\==="],
    ["a | b\n--- | ---", "a | b\n\\--- | ---"],
    ["[a](b)", "\\[a](b)"],
    ["<b>hi</b>", "\\<b>hi\\</b>"],
    ["&lt;", "\\&lt;"],
    ["a\\*b", "a\\\\*b"],
    ["<@U1> and <!here>", "\\<@U1> and \\<!here>"],
    ["{@participants}", "\\{@participants}"],
  ])("is escaped where it would be taken for markup: %s", (typed, written) => {
    expect(writeMarkdown(root(paragraph(text(typed))))).toBe(written);
  });
});

describe("marks", () => {
  it.each([
    [[strong(text("a ")), text("b")], "**a** b"],
    [[strong(text("a.")), text("b")], "**a.**&#x62;"],
    [[emphasis(text("a")), strong(text("b"))], "*a***b**"],
    [[strong(emphasis(text("a")))], "***a***"],
    [[strong(text("a "), emphasis(text("b")), text(" c"))], "**a *b* c**"],
    [[token("<@U1>"), text(" hi "), token("<!here>")], "<@U1> hi <!here>"],
    [[token("<!here>"), text(" hi")], "<!here> hi"],
  ])("%j becomes %s", (children, written) => {
    expect(writeMarkdown(root(paragraph(...children)))).toBe(written);
  });
});

describe("code", () => {
  it("stays word for word between fences that are long enough", () => {
    const code: RootContent = { type: "code", value: "a *b*\n```\n&lt;" };
    expect(writeMarkdown(root(code))).toBe("````\na *b*\n```\n&lt;\n````");
    const span: PhrasingContent = { type: "inlineCode", value: "a ` <b>" };
    expect(writeMarkdown(root(paragraph(span)))).toBe("``a ` <b>``");
  });
});

describe("links", () => {
  it.each([
    [{ type: "link" as const, url: "https://a.b/c", children: [text("c")] as never }, "[c](https://a.b/c)"],
    [
      { type: "link" as const, url: "https://a.b/c", children: [text("https://a.b/c")] as never },
      "https://a.b/c",
    ],
    [{ type: "link" as const, url: "mailto:a@b.c", children: [text("a@b.c")] as never }, "<a@b.c>"],
    [
      { type: "link" as const, url: "https://a.b/c d", children: [text("x]")] as never },
      "[x\\]](<https://a.b/c d>)",
    ],
  ])("%j becomes %s", (link, written) => {
    expect(writeMarkdown(root(paragraph(link)))).toBe(written);
  });
});

it("writes tables with line ends and pipes in their cells", () => {
  const cell = (value: string) => ({ type: "tableCell" as const, children: [text(value)] as never });
  const table: RootContent = {
    type: "table",
    align: ["left", "right"],
    children: [
      { type: "tableRow", children: [cell("a|b"), cell("c")] },
      { type: "tableRow", children: [cell("d\ne")] },
    ],
  };
  expect(writeMarkdown(root(table))).toBe("| a\\|b | c |\n| :-- | -: |\n| d<br>e |  |");
});

it("keeps two lists apart", () => {
  const list = (value: string): RootContent => ({
    type: "list",
    children: [{ type: "listItem", children: [{ type: "paragraph", children: [text(value)] }] }],
  });
  expect(writeMarkdown(root(list("a"), list("[ ] b"), paragraph(text("c"))))).toBe("- a\n\n+ \\[ ] b\n\nc");
});

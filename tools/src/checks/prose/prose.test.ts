import { describe, expect, it } from "vitest";
import { findHabits } from "./prose.ts";

const wordsOf = (file: string, text: string): readonly string[] =>
  findHabits(file, text).map((problem) => `${problem.line}: ${problem.text.split(":")[0]}`);

describe("prose", () => {
  it.each([
    ["a comment", "a.ts", "const a = 1; // nobody reads it\n"],
    ["a text of the program", "a.ts", 'fail("nobody reads it");\n'],
    ["a template", "a.ts", "fail(`nobody reads $" + "{it}`);\n"],
    ["the name of a test", "a.test.ts", 'it("lets nobody in", () => {});\n'],
    ["the name of a row of tests", "a.test.ts", 'it.each([1])("lets nobody in", () => {});\n'],
    ["a comment of a test", "a.test.ts", "// nobody\n"],
    ["a page", "a.md", "Nobody reads it.\n"],
    ["a contract", "a.proto", "// nobody\n"],
    ["a chart", "a.yaml", "# nobody\n"],
    ["a script", ".ci/run", "# nobody\n"],
  ])("refuses a listed word in %s", (_place, file, text) => {
    expect(findHabits(file, text)).toHaveLength(1);
  });

  it.each([
    ["what a test feeds in", "a.test.ts", 'expect(read("nobody")).toBe(`nobody`);\n'],
    ["a code block", "a.md", "```sh\ngrep nobody\n```\n"],
    ["code in a sentence", "a.md", "The user `nobody` runs it.\n"],
    ["the user of Unix", "a.ts", "// Postgres runs as the user `nobody`.\nconst noBody = 1;\n"],
    ["part of a longer name", "a.ts", "const untold = marshall;\n"],
    ["a quotation with a reason", "a.ts", "// prose-allow: quotes a user\nsay('nobody');\n"],
    ["a quotation with a reason beside it", "a.md", "Nobody. <!-- prose-allow: quotes a user -->\n"],
    ["a true absence", "a.md", "There is none.\n"],
  ])("accepts %s", (_what, file, text) => {
    expect(findHabits(file, text)).toEqual([]);
  });

  it("refuses a quotation without a reason", () => {
    expect(wordsOf("a.ts", "// prose-allow:\n// nobody\n")).toEqual(['2: "nobody"']);
  });

  it("names the line, each word and what to write instead", () => {
    const text = "```\ntold\n```\n\nIt surely was not done\nand nobody is told.\n";
    expect(wordsOf("a.md", text)).toEqual(['5: "surely"', '6: "nobody"', '6: "told"']);
    expect(findHabits("a.md", text)[0]?.text).toBe('"surely": certainly, or delete it');
  });
});

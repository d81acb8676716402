import { describe, expect, it } from "vitest";
import { findExpressions, judge } from "./regexes.ts";

const patternsOf = (source: string) => findExpressions("x.ts", source).map(({ pattern }) => pattern);

describe("findExpressions", () => {
  it("finds literals, and constructors whose parts are constants", () => {
    const source = [
      "const part: string = String.raw`\\d+`;",
      'const end = "$";',
      "export const all = [/a+/g, new RegExp(`^$" + "{part}$" + "{end}`, 'u'), RegExp('b')];",
    ].join("\n");
    expect(patternsOf(source)).toEqual(["a+", "^\\d+$", "b"]);
  });

  it("names the line of one that is built at run time", () => {
    const found = findExpressions("x.ts", "\nexport const of = (name: string) => new RegExp(name);\n");
    expect(found).toEqual([{ place: "x.ts:2", pattern: undefined, flags: "" }]);
  });

  it("skips an expression with an excuse on the line above", () => {
    expect(patternsOf("// regex: sees our own file names\nexport const x = /(a+)+$/;")).toEqual([]);
    expect(patternsOf("// regex:\nexport const x = /(a+)+$/;")).toEqual(["(a+)+$"]);
  });
});

describe("judge", () => {
  const judged = (pattern: string | undefined, flags = "") => judge({ place: "x.ts:1", pattern, flags });

  it("accepts a linear expression", async () => {
    expect(await judged("^[a-z]+$")).toBeUndefined();
  });

  it.each([
    ["(a+)+$", "exponential"],
    ["[ \\t]+$", "polynomial"],
    ["^\\|[\\s:|-]*-[\\s:|-]*\\|[ \\t]*$", "polynomial"],
    ["^[ \\t]*[\\w+#.-]*[ \\t]*(?=\\n)", "polynomial"],
  ])("refuses %s", async (pattern, word) => {
    expect(await judged(pattern)).toContain(word);
  });

  it("refuses an expression that is built at run time", async () => {
    expect(await judged(undefined)).toContain("built at run time");
  });
});

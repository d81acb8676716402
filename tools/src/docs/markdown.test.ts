import { describe, expect, it } from "vitest";
import { codeBlocks, namedPaths, relativeLinks } from "./markdown.ts";

describe("codeBlocks", () => {
  it("returns the blocks of one language", () => {
    const page = "```ts\nconst a = 1;\n```\n```sh\nls\n```\n\n```ts\nb();\nc();\n```\n";
    expect(codeBlocks(page, "ts")).toEqual(["const a = 1;\n", "b();\nc();\n"]);
  });
});

describe("relativeLinks", () => {
  it("returns links to files, without those in code or to the web", () => {
    const page =
      "[a](docs/a.md#x) [b](../b.ts) [c](https://c.example) [d](#d) `[e](e.md)`\n```\n[f](f.md)\n```\n";
    expect(relativeLinks(page)).toEqual(["docs/a.md", "../b.ts"]);
  });
});

describe("namedPaths", () => {
  it("returns paths below the folders once each, without patterns, placeholders and files of the reader", () => {
    const page =
      "`bus/src/a.ts`, bus/src/a.ts. `bus/` `bus/*.ts` `bus/<name>` `bus/my-a.ts` `x/bus/b.ts` bus/src/c/.";
    expect(namedPaths(page, ["bus"])).toEqual(["bus/src/a.ts", "bus/src/c"]);
  });
});

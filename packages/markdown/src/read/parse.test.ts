import { expect, it } from "vitest";
import { parseMarkdown } from "./parse.ts";

it.each([
  ["**「太字」**です", "strong"],
  ["~~gone~~", "delete"],
  ["a <b>c</b>", "html"],
  ["see https://example.com", "link"],
])("%s has a node %s", (markdown, type) => {
  expect(JSON.stringify(parseMarkdown(markdown))).toContain(`"type":"${type}"`);
});

it("takes a single tilde for a character", () => {
  expect(JSON.stringify(parseMarkdown("costs ~5 or ~6"))).not.toContain("delete");
});

import fc from "fast-check";
import type { PhrasingContent, Root, RootContent } from "mdast";
import { expect, it } from "vitest";
import { parseMarkdown } from "../read/parse.ts";
import { appearance, runsOf } from "./runs.ts";
import { writeMarkdown } from "./write.ts";

/** Texts full of characters that could be Markdown markup. */
const piece = fc.constantFrom(
  ...Array.from("*_~`[]()<>#+-=|!\\&\n .:;'\"{}@1ab日。、é🎉"),
  "**",
  "~~",
  "```",
  "](",
  "&amp;",
  "https://a.b/c_d_",
  "www.a.b",
  "<b>",
  "<@U1>",
  "- ",
  "1. ",
  "word",
  " a ",
  "---",
  "<!--",
);
const typed = fc.array(piece, { minLength: 1, maxLength: 12 }).map((parts) => parts.join(""));
const text = typed.map((value): PhrasingContent => ({ type: "text", value }));
const address = fc.constantFrom("https://a.b/c", "https://a.b/(c)?d=1&e=*2*", "mailto:a@b.cd", "x y", "");

const { inline } = fc.letrec<{ inline: PhrasingContent[] }>((tie) => ({
  inline: fc.array(
    fc.oneof(
      { maxDepth: 3, depthIdentifier: "inline" },
      text,
      fc.constant<PhrasingContent>({ type: "break" }),
      fc
        .constantFrom("<@U1>", "<#C1|general>", "{@1}")
        .map((value): PhrasingContent => ({ type: "html", value })),
      typed.map(
        (value): PhrasingContent => ({ type: "inlineCode", value: value.replaceAll("\n", "").trim() }),
      ),
      fc.record({ type: fc.constantFrom("strong", "emphasis", "delete"), children: tie("inline") }) as never,
    ),
    { minLength: 1, maxLength: 4 },
  ) as never,
}));

const link = fc
  .record({ url: address, children: inline })
  .map((parts): PhrasingContent => ({ type: "link", ...parts }) as PhrasingContent);
const content = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: inline },
      link.map((one) => [one]),
    ),
    { maxLength: 3, minLength: 1 },
  )
  .map((parts) => parts.flat());

/** It stays a list, as it was typed. */
const listSign = /^[ \t]*(?:[-+*][ \t]|\d{1,9}[.)](?:[ \t]|$))/m;

/** NOTE: `[` before such code makes a link definition, which is parsed before code. */
const hasDefinition = (children: readonly PhrasingContent[]): boolean =>
  runsOf(children).some(({ kind, value }) => kind === "code" && value.includes("]:"));

const paragraph = content
  .filter((children) => !hasDefinition(children))
  .filter((children) => appearance(runsOf(children)) !== "")
  .filter(
    (children) =>
      !listSign.test(
        runsOf(children)
          .map(({ value }) => value)
          .join(""),
      ),
  )
  .map((children): RootContent => ({ type: "paragraph", children }));
const code = typed.map((value): RootContent => ({ type: "code", value }));

const { blocks } = fc.letrec<{ blocks: RootContent[]; block: RootContent }>((tie) => ({
  block: fc.oneof(
    { maxDepth: 3, depthIdentifier: "block" },
    paragraph,
    code,
    content.map((children): RootContent => ({ type: "heading", depth: 2, children })),
    fc.constant<RootContent>({ type: "thematicBreak" }),
    tie("blocks").map((children): RootContent => ({ type: "blockquote", children }) as RootContent),
    fc
      .record({
        ordered: fc.boolean(),
        start: fc.integer({ min: 0, max: 12 }),
        items: fc.array(tie("blocks"), { minLength: 1, maxLength: 3 }),
      })
      .map(
        ({ ordered, start, items }): RootContent =>
          ({
            type: "list",
            ordered,
            start: ordered ? start : null,
            children: items.map((children) => ({ type: "listItem", children })),
          }) as RootContent,
      ),
  ),
  blocks: fc.array(tie("block"), { minLength: 1, maxLength: 3 }),
}));

/** What a tree shows, without what leaves no trace. */
function shown(node: Root | RootContent): unknown {
  switch (node.type) {
    case "paragraph":
    case "heading":
    case "tableCell": {
      const look = appearance(runsOf(node.children));
      return look === "" && node.type === "paragraph" ? undefined : [node.type, look];
    }
    case "code":
      return ["code", node.value];
    default: {
      const children = "children" in node ? node.children.map((child) => shown(child as RootContent)) : [];
      const kept = children.filter((child) => child !== undefined);
      return [node.type, node.type === "list" ? [node.ordered ?? false, node.start ?? null] : null, kept];
    }
  }
}

it("reads back as the tree that was written", () => {
  fc.assert(
    fc.property(blocks, (children) => {
      const root: Root = { type: "root", children };
      const markdown = writeMarkdown(root);
      expect(shown(parseMarkdown(markdown)), markdown).toEqual(shown(root));
    }),
    { numRuns: 100 },
  );
});

it.each(["word ", "a*b* ", "*", "[", "](", "`", "<b>", "> a\n", "1. a\n", "&amp;", "\\", "https://a.b/ "])(
  "writes 80,000 characters of %j in time",
  (unit) => {
    const value = unit.repeat(Math.ceil(80_000 / unit.length)).slice(0, 80_000);
    const start = performance.now();
    writeMarkdown({ type: "root", children: [{ type: "paragraph", children: [{ type: "text", value }] }] });
    expect(performance.now() - start).toBeLessThan(5_000);
  },
);

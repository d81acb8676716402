import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maxTextChars } from "./limits.ts";
import { toCliqTexts } from "./to-cliq-text.ts";

const zw = "\u200b";

describe("toCliqTexts", () => {
  it.each([
    ["**Bold** and ~~old~~ and *it*\n> quote", "*Bold* and ~old~ and _it_\n!quote"],
    ["***x*** __y__ `**z** {@b-1}`", "*_x_* *y* `**z** {@b-1}`"],
    ["```js\n**a** & <b>\n```", "```\n**a** & <b>\n```"],
    ["# Title\n\n- a\n- **b**\n\n1. c", "*Title*\n\n- a\n- *b*\n\n1. c"],
    ["[a (b)](https://e.com/x_(y)) <https://e.com>", "[a (b)](https://e.com/x_%28y%29) https://e.com"],
    ["![alt](https://e.com/i.png) [r](./R.md)", "[alt](https://e.com/i.png) r (./R.md)"],
    ["<https://e.com|label> <@U1>", "[label](https://e.com) <@U1>"],
    ["[good.com](https://evil.com)", "good.com (https://evil.com)"],
    ["| a | b |\n|---|---|\n| **c** | d |", "```\n| a | b |\n| **c** | d |\n```"],
    ["> a\n> > b\nlazy", "!a\n!b\n!lazy"],
    ["a\n\n---\n\nb", "a\n\n---\n\nb"],
    ["&lt;b&gt; &amp; a < b", "<b> & a < b"],
    ["\\*x\\* costs ~5 or ~6", `*${zw}x${zw}* costs ∼5 or ∼6`],
    ["\\# 1 and\n!important #tag", `${zw}# 1 and\n${zw}!important #tag`],
    ["这是**粗体**字 {@b-1_2}", `这是${zw}*粗体*${zw}字 {@b-1_2}`],
    ["Here:\n```\nf(**x**", "Here:\n```\nf(**x**\n```"],
  ])("writes %j in Cliq's format", async (markdown, text) => {
    expect(await toCliqTexts(markdown)).toEqual([text]);
  });

  it("shows every word once and in order, in parts with whole fences that fit", async () => {
    const pieces = fc.array(
      fc.oneof(
        fc.constantFrom("**", "_", "~~", "`", "\n```\n", "\n\n", "\n> ", "\n- ", "# ", " ", "\\"),
        fc.nat(2_000).map((length) => ` ${"long ".repeat(length / 5)}`),
      ),
      { maxLength: 20 },
    );
    await fc.assert(
      fc.asyncProperty(pieces, async (chosen) => {
        const markdown = chosen.map((piece, at) => `${piece} w${at}w `).join("");
        const parts = await toCliqTexts(markdown);
        expect(parts.join("\n").match(/w\d+w/g) ?? []).toEqual(markdown.match(/w\d+w/g) ?? []);
        for (const part of parts) {
          expect(part.length).toBeLessThanOrEqual(maxTextChars);
          expect((part.split("```").length - 1) % 2).toBe(0);
        }
      }),
    );
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutText, isBlank } from "./cut-text.ts";

/** Text as models write it: words, white space, fences, characters of two units. */
const markdown = fc
  .array(
    fc.constantFrom("a", "word ", " ", "\n", "\n\n", "End. ", "```\n", "\n~~~~", "😀", "é", "- item\n"),
    {
      minLength: 1,
      maxLength: 60,
    },
  )
  .map((pieces) => pieces.join(""));
const openFence = fc.constantFrom(undefined, "```", "~~~~");
const maxChars = fc.integer({ min: 2, max: 40 });

describe("cutText", () => {
  it("leaves a beginning that fits, and never half a character", () => {
    fc.assert(
      fc.property(markdown, maxChars, openFence, (text, max, fence) => {
        const { at } = cutText(text, { maxChars: max, openFence: fence });
        expect(at).toBeGreaterThan(0);
        expect(at).toBeLessThanOrEqual(Math.min(max, text.length));
        expect(text.slice(0, at).isWellFormed()).toBe(true);
      }),
    );
  });

  it("makes no blank part out of a text whose white space would fit into a part with something visible", () => {
    const isSparse = (text: string, max: number) =>
      [...text.matchAll(/\s+/g)].some(([run]) => run.length > max - 2);
    fc.assert(
      fc.property(markdown, maxChars, (text, max) => {
        fc.pre(text.length > max && !isBlank(text) && !isSparse(text, max));
        const visible = [...text.replaceAll(/\s/g, "")].length;
        const { at } = cutText(text, { maxChars: max, openFence: undefined });
        expect(isBlank(text.slice(0, at))).toBe(false);
        if (visible > 1) expect(isBlank(text.slice(at))).toBe(false);
      }),
    );
  });
});

import { describe, expect, it } from "vitest";
import { cutText } from "./cut-text.ts";

describe("cutText", () => {
  it.each([
    ["a paragraph", "one two.\n\nthree four.\nfive| six", "one two.\n\n", 12],
    ["a line", "one two three\nfour. five six", "one two three\n", 22],
    ["a sentence", "One two three. Four five six", "One two three. ", 22],
    ["a word", "one two three four", "one two three ", 16],
    ["a character", "onetwothreefour", "onetwoth", 8],
    ["a whole character", "onetwo😀😀", "onetwo", 7],
  ])("cuts after %s", (_, text, head, maxChars) => {
    const { at } = cutText(text, { maxChars, openFence: undefined });
    expect(text.slice(0, at)).toBe(head);
  });

  it("would rather leave a message short than divide a code block", () => {
    const text = `See:\n\`\`\`ts\n${"const x = 1;\n".repeat(5)}\`\`\`\nDone.`;
    const cut = cutText(text, { maxChars: 60, openFence: undefined });
    expect(cut).toEqual({ at: "See:\n".length, openFence: undefined });
  });

  it("divides a code block that begins the text after a line, and knows that it goes on", () => {
    const text = `\`\`\`ts\n${"const x = 1;\n".repeat(5)}\`\`\`\nDone. And more`;
    const cut = cutText(text, { maxChars: 40, openFence: undefined });
    expect(text.slice(0, cut.at)).toBe("```ts\nconst x = 1;\nconst x = 1;\n");
    expect(cut.openFence).toBe("```");
    const rest = text.slice(cut.at);
    const next = cutText(rest, { maxChars: 54, openFence: cut.openFence });
    expect(rest.slice(0, next.at)).toBe(`${"const x = 1;\n".repeat(3)}\`\`\`\n`);
    expect(next.openFence).toBeUndefined();
  });

  it("does not take other marks for the end of a code block", () => {
    const text = "~~~~\ncode\n~~~\n```\n\nmore code here\n";
    expect(cutText(text, { maxChars: 26, openFence: undefined }).openFence).toBe("~~~~");
  });

  it("keeps the last character with the white space after it", () => {
    expect(cutText("abcdef   ", { maxChars: 8, openFence: undefined }).at).toBe(5);
  });
});

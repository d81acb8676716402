import { describe, expect, it } from "vitest";
import { splitText } from "./split-text.ts";

describe("splitText", () => {
  it("keeps a text that fits, and returns no part for an empty one", () => {
    expect(splitText("hello", 5)).toEqual(["hello"]);
    expect(splitText("", 5)).toEqual([]);
  });

  it.each([
    ["paragraphs", "one two\nthree\n\nfour five", 20, ["one two\nthree\n\n", "four five"]],
    ["lines", "one two\nthree four\nfive", 20, ["one two\nthree four\n", "five"]],
    ["words", "one two three four", 10, ["one two ", "three four"]],
    ["characters", "abcdefghij", 4, ["abcd", "efgh", "ij"]],
    [
      "a paragraph that ends early for a line that ends late",
      "a\n\nbbbb\ncccc dddd",
      12,
      ["a\n\nbbbb\n", "cccc dddd"],
    ],
    ["a line that ends early for a word", "a\nbbb ccc ddd eee", 12, ["a\nbbb ccc ", "ddd eee"]],
  ])("prefers %s", (_, text, limit, pieces) => {
    expect(splitText(text, limit)).toEqual(pieces);
  });

  it("keeps what looks like one character in one piece", () => {
    const family = "👩‍👩‍👧‍👦";
    expect(splitText(`ab${family}cd`, family.length + 1)).toEqual(["ab", `${family}c`, "d"]);
    expect(splitText("🇩🇪🇫🇷🇮🇹", 6)).toEqual(["🇩🇪", "🇫🇷", "🇮🇹"]);
    expect(splitText("ab\r\ncd", 3)).toEqual(["ab", "\r\n", "cd"]);
  });

  it("cuts a character that is longer than a piece between its code points", () => {
    const family = "👩‍👩‍👧‍👦";
    expect(splitText(family, 3)).toEqual(["👩‍", "👩‍", "👧‍", "👦"]);
  });

  it("makes a piece of a code point that fits nowhere", () => {
    expect(splitText("a😀", 1)).toEqual(["a", "😀"]);
  });

  it("cuts a span that is to stay together only when it does not fit at all", () => {
    const keepTogether = /\[[^\]]*\]/g;
    expect(splitText("see [a b c] now", 9, { keepTogether })).toEqual(["see ", "[a b c] ", "now"]);
    expect(splitText("see[abcdef]", 9, { keepTogether })).toEqual(["see", "[abcdef]"]);
    expect(splitText("[a b c d e f]", 9, { keepTogether })).toEqual(["[a b c d ", "e f]"]);
  });

  it("splits a long text quickly", () => {
    const text = "The quick brown fox & co. ".repeat(20_000);
    const pieces = splitText(text, 4_000);
    expect(pieces.join("")).toBe(text);
    expect(pieces.length).toBeLessThan(160);
  });
});

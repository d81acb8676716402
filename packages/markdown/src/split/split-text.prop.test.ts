import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { splitText } from "./split-text.ts";

const fragments = [
  "a",
  "word",
  " ",
  "\n",
  "\r\n",
  "\n\n",
  "😀",
  "👩‍👩‍👧‍👦",
  "é",
  "🇩🇪",
  "x".repeat(30),
  "\ud800",
  "[a b]",
];
const texts = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.array(fc.constantFrom(...fragments), { maxLength: 60 }).map((parts) => parts.join("")),
);
const limits = fc.integer({ min: 2, max: 60 });
const options = { keepTogether: /\[[^\]]*\]/g };

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

function bordersOf(text: string): ReadonlySet<number> {
  return new Set([...graphemes.segment(text)].map(({ index }) => index));
}

describe("splitText", () => {
  it("loses nothing", () => {
    fc.assert(fc.property(texts, limits, (text, limit) => splitText(text, limit, options).join("") === text));
  });

  it("makes no piece that does not fit, and no empty one", () => {
    fc.assert(
      fc.property(texts, limits, (text, limit) =>
        splitText(text, limit, options).every((piece) => piece.length > 0 && piece.length <= limit),
      ),
    );
  });

  it("cuts no pair of surrogates", () => {
    fc.assert(
      fc.property(texts, limits, (text, limit) => {
        const pieces = splitText(text, limit, options);
        for (const [index, piece] of pieces.entries()) {
          const next = pieces[index + 1] ?? "";
          expect(/[\ud800-\udbff]$/.test(piece) && /^[\udc00-\udfff]/.test(next)).toBe(false);
        }
      }),
    );
  });

  it("cuts no visible character that is shorter than a piece", () => {
    const visible = fc.array(fc.constantFrom(...fragments), { maxLength: 60 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(visible, fc.integer({ min: 30, max: 60 }), (text, limit) => {
        const borders = bordersOf(text);
        let at = 0;
        for (const piece of splitText(text, limit)) {
          expect(borders.has(at)).toBe(true);
          at += piece.length;
        }
      }),
    );
  });

  it("cuts no piece again", () => {
    fc.assert(
      fc.property(texts, limits, (text, limit) => {
        for (const piece of splitText(text, limit, options))
          expect(splitText(piece, limit, options)).toEqual([piece]);
      }),
    );
  });
});

import fc from "fast-check";
import { expect, it } from "vitest";
import { trimEndOf, trimOf } from "./trim-of.ts";

it.each([
  ["https://e.com/a).", ").", "https://e.com/a", "https://e.com/a"],
  ["::wave::", ":", "::wave", "wave"],
  [":::", ":", "", ""],
  ["", ":", "", ""],
  ["a", "", "a", "a"],
])("%j without %j", (text, set, withoutEnd, without) => {
  expect([trimEndOf(text, set), trimOf(text, set)]).toEqual([withoutEnd, without]);
});

it("keeps what stands between", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[ab:]*$/), (text) => {
      expect(trimOf(text, ":")).toBe(
        text.replace(/^:+/, "").split("").reverse().join("").replace(/^:+/, "").split("").reverse().join(""),
      );
    }),
  );
});

import { posix } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { assertBlobKey } from "./blob-key.ts";

const pieces = fc.constantFrom("a", "B", "é", ".", "..", "/", "\\", "\0", " ", "=", "~", "%2e");
const keys = fc.oneof(
  fc.string(),
  fc.array(pieces).map((list) => list.join("")),
);

it("no accepted key escapes the folder it is joined to", () => {
  fc.assert(
    fc.property(keys, (key) => {
      try {
        assertBlobKey(key);
      } catch {
        return;
      }
      expect(posix.join("/root", key)).toBe(`/root/${key}`);
    }),
  );
});

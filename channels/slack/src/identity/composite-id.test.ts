import fc from "fast-check";
import { expect, it } from "vitest";
import { compositeId, parseCompositeId } from "./composite-id.ts";

it("joins and parts a channel and a ts", () => {
  const channel = fc.stringMatching(/^[A-Z0-9]{1,12}$/);
  fc.assert(
    fc.property(channel, fc.string({ minLength: 1 }), (id, ts) => {
      expect(parseCompositeId(compositeId(id, ts))).toEqual({ channel: id, ts });
    }),
  );
});

it("needs both halves", () => {
  expect(compositeId("", "1.2")).toBe("");
  expect(compositeId("C1", "")).toBe("");
});

it.each(["", ":", "C1", "C1:", ":1.2"])("does not part %j", (id) => {
  expect(parseCompositeId(id)).toBeUndefined();
});

it("parts at the first colon only", () => {
  expect(parseCompositeId("C1:1.2:edit:1.3")).toEqual({ channel: "C1", ts: "1.2:edit:1.3" });
});

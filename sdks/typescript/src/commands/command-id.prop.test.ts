import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { commandId } from "./command-id.ts";

describe("commandId", () => {
  it("is a UUID of version 8 that never changes between releases", () => {
    expect(commandId("0199", "reply-1")).toBe(commandId({ id: "0199" }, "reply-1", "ai-consumer-enriched"));
    expect(commandId("0199", "reply-1")).toBe("722a71f0-b985-83e6-8dff-0b4ead7e8877");
  });

  it("differs for each message, step and agent", () => {
    const part = fc.string();
    const parts = fc.tuple(part, part, part);
    fc.assert(
      fc.property(parts, parts, (one, other) => {
        const same = one.every((value, index) => value === other[index]);
        expect(commandId(...one) === commandId(...other)).toBe(same);
      }),
    );
  });

  it("does not confuse parts that read the same when joined", () => {
    expect(commandId("a", "b,c")).not.toBe(commandId("a,b", "c"));
    expect(commandId('a","b', "c")).not.toBe(commandId("a", 'b","c'));
  });
});

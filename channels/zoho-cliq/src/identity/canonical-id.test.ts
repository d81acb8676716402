import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalId, timeOfId } from "./canonical-id.ts";

describe("canonicalId", () => {
  it.each(["1777804687057%20137127178967", "1777804687057 137127178967", "1777804687057_137127178967"])(
    "spells %j as the REST API does",
    (raw) => expect(canonicalId(raw)).toBe("1777804687057_137127178967"),
  );

  it("keeps other ids unchanged, also with a literal percent sign", () => {
    expect(canonicalId("DM_1777803613350_137000000001")).toBe("DM_1777803613350_137000000001");
    expect(canonicalId("100%")).toBe("100%");
    expect(canonicalId("")).toBe("");
  });

  it("keeps ids apart that only decoding or trimming would make equal", () => {
    const ids = ["1777%5F1", "1777_1\0", "1777__1", "abc", " abc", "a%62c", "a bc", "a_bc", "1777%2520%201"];
    expect(new Set([...ids, "1777_1"].map(canonicalId)).size).toBe(ids.length + 1);
  });

  it.each(["", " ", "\n"])("makes the blank id %j empty", (raw) => expect(canonicalId(raw)).toBe(""));

  it("never throws", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (raw) => typeof canonicalId(raw) === "string"));
  });

  it("keeps ids of different times or numbers apart", () => {
    const id = fc.record({ time: fc.nat(), number: fc.nat(), joint: fc.constantFrom("%20", " ", "_") });
    fc.assert(
      fc.property(id, id, (a, b) => {
        const [one, other] = [a, b].map(({ time, number, joint }) => canonicalId(`${time}${joint}${number}`));
        expect(one === other).toBe(a.time === b.time && a.number === b.number);
      }),
    );
  });
});

describe("timeOfId", () => {
  it.each([
    ["1777804687057_137127178967", 1777804687057],
    ["DM_1777803613350_137000000001", 1777803613350],
    ["1777804687057", 1777804687057],
    ["abc", undefined],
    ["17778046870571_1", undefined],
  ])("reads %j as %s", (id, time) => {
    expect(timeOfId(id)).toBe(time);
  });
});

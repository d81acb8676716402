import { describe, expect, it } from "vitest";
import { resolveEditTarget } from "./edit-target.ts";

const message = { kind: "message", postedAt: new Date(1777804687057) };
const malformed = { kind: "malformed" };

describe("the id of a message", () => {
  it.each([
    ["1777804687057_137127178967", message],
    ["1777804687057%20137127178967", message],
    ["1777804687057 137127178967", message],
    ["DM_1777804687057_137000000001", message],
    ["1777804687057", message],
    ["1777804687057_137127178967:edit:1777804690000", malformed],
    ["dm_madeByMioForAMessage", malformed],
    ["CT_1777804687057", malformed],
    ["17778046870570_1", malformed],
  ])("%s resolves to %j", (id, target) => {
    expect(resolveEditTarget({ externalIds: [id] })).toEqual(target);
  });

  it("that comes first gives the time of all parts, and each must be valid", () => {
    const externalIds = ["1777804687057_1", "1777804699999_1"] as const;
    expect(resolveEditTarget({ externalIds })).toEqual(message);
    expect(resolveEditTarget({ externalIds: [...externalIds, "dm_x"] })).toEqual(malformed);
  });
});

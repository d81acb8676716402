import { describe, expect, it } from "vitest";
import { resolveEditTarget } from "./edit-target.ts";

const at = (time: string, conversationExternalId: string) => ({
  kind: "message",
  postedAt: new Date(time),
  conversationExternalId,
});
const malformed = { kind: "malformed" };

describe("the id of a message", () => {
  it.each([
    ["C024BE7LH:1714731490.123400", at("2024-05-03T10:18:10.123Z", "C024BE7LH")],
    ["D0DM000001:1714731490.000001", at("2024-05-03T10:18:10.000Z", "D0DM000001")],
    ["C024BE7LH:1714731490.123400#file", at("2024-05-03T10:18:10.123Z", "C024BE7LH")],
    ["C024BE7LH:1714731490.123400:edit:1714731600.000700", malformed],
    ["C024BE7LH:1714731490.123400:delete", malformed],
    ["C024BE7LH", malformed],
    [":1714731490.123400", malformed],
    ["C024BE7LH:soon", malformed],
  ])("%s resolves to %j", (id, target) => {
    expect(resolveEditTarget({ externalIds: [id] })).toEqual(target);
  });

  it("that comes first gives the time of all parts, and each must be valid", () => {
    const externalIds = ["C1:1714731490.5", "C1:1714731499.5#file"] as const;
    expect(resolveEditTarget({ externalIds })).toEqual(at("2024-05-03T10:18:10.500Z", "C1"));
    expect(resolveEditTarget({ externalIds: [...externalIds, "C1"] })).toEqual(malformed);
    expect(resolveEditTarget({ externalIds: [...externalIds, "C2:1714731490.5"] })).toEqual(malformed);
  });
});

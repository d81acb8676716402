import { describe, expect, it } from "vitest";
import {
  idFromContent,
  isUuid,
  newId,
  toAccountId,
  toCommandId,
  toConversationId,
  toMessageId,
  toSourceMessageId,
  toTenantId,
} from "./ids.ts";

describe("idFromContent", () => {
  it("makes a version 8 UUID that never changes between releases", () => {
    expect(idFromContent("mio")).toBe("ea31ac1d-48d1-880b-bd2b-4179f5da29f2");
    expect(isUuid(idFromContent(""))).toBe(true);
    expect(idFromContent("a")).not.toBe(idFromContent("b"));
  });
});

describe("newId", () => {
  it("makes version 7 UUIDs that ascend within a millisecond", () => {
    const ids = Array.from({ length: 5_000 }, newId);
    expect(ids.every((id) => isUuid(id) && id[14] === "7")).toBe(true);
    expect(ids.toSorted()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe("branded ids", () => {
  it("take UUIDs of any version", () => {
    const v4 = "3f0f4f7e-9a55-4d3c-8c8e-2f8f6f3a1b2c";
    for (const to of [toTenantId, toAccountId, toConversationId, toMessageId]) expect(to(v4)).toBe(v4);
  });

  it.each(["", "acc", "3f0f4f7e9a554d3c8c8e2f8f6f3a1b2c", "3f0f4f7e-9a55-4d3c-8c8e-2f8f6f3a1b2c\n"])(
    "refuse %j where a UUID is due",
    (text) => {
      for (const to of [toTenantId, toAccountId, toConversationId, toMessageId]) {
        expect(() => to(text)).toThrow(expect.objectContaining({ code: "envelope.bad_id" }));
      }
    },
  );

  it("take any text as command id but empty and control characters", () => {
    expect(toCommandId("01J8Z3: ✓")).toBe("01J8Z3: ✓");
    for (const text of ["", "a\nb", "a\0", "\u007f"]) expect(() => toCommandId(text)).toThrow(/command id/);
  });

  it("take any source id but empty", () => {
    expect(toSourceMessageId("1_2")).toBe("1_2");
    expect(() => toSourceMessageId("")).toThrow(/source message id/);
  });
});

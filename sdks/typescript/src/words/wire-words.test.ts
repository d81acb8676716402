import { timestampDate } from "@bufbuild/protobuf/wkt";
import { SendCommand_EditFallback, SendCommand_Stage } from "@mio/proto";
import { describe, expect, it } from "vitest";
import { toWireFields } from "./wire-words.ts";

const dayMs = 24 * 3_600_000;

describe("toWireFields", () => {
  it("leaves out what is not said", () => {
    expect(toWireFields({})).toEqual({});
  });

  it("spells each word as the wire does", () => {
    const { PLACEHOLDER, PARTIAL, FINAL } = SendCommand_Stage;
    const stages = (["placeholder", "partial", "final"] as const).map(
      (stage) => toWireFields({ stage }).stage,
    );
    expect(stages).toEqual([PLACEHOLDER, PARTIAL, FINAL]);
    const { NEW, DROP, FAIL } = SendCommand_EditFallback;
    const words = ["new", "drop", "fail"] as const;
    expect(words.map((editFallback) => toWireFields({ editFallback }).editFallback)).toEqual([
      NEW,
      DROP,
      FAIL,
    ]);
  });

  it("takes a time of the next year, or one that has passed", () => {
    for (const days of [-400, 0, 364]) {
      const sendAt = new Date(Date.now() + days * dayMs);
      const { sendAt: told } = toWireFields({ sendAt });
      expect(told === undefined ? undefined : timestampDate(told)).toEqual(sendAt);
    }
  });

  it.each([
    ["no date", new Date("tomorrow"), "not a valid date"],
    ["too far ahead", new Date(Date.now() + 367 * dayMs), "a year ahead"],
  ])("refuses a time that is %s", (_, sendAt, problem) => {
    expect(() => toWireFields({ sendAt })).toThrow(problem);
    expect(() => toWireFields({ sendAt })).toThrow(expect.objectContaining({ code: "sdk.invalid_option" }));
  });
});

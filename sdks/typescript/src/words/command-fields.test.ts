import { timestampDate } from "@bufbuild/protobuf/wkt";
import { Attachment_Kind, SendCommand_EditFallback, SendCommand_Stage } from "@mio/proto";
import { describe, expect, it } from "vitest";
import { toWireAttachment, toWireFields } from "./command-fields.ts";

const dayMs = 24 * 3_600_000;

describe("toWireFields", () => {
  it("leaves out fields that are not given", () => {
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
      const { sendAt: wire } = toWireFields({ sendAt });
      expect(wire === undefined ? undefined : timestampDate(wire)).toEqual(sendAt);
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

describe("toWireAttachment", () => {
  it("writes the kind as the wire does, and nothing for what is left out", () => {
    const empty = { bytes: 0n, url: "", mime: "", filename: "", storageKey: "", contentSha256: "" };
    expect(toWireAttachment({})).toEqual({ ...empty, kind: Attachment_Kind.UNSPECIFIED });
    const { kind, bytes } = toWireAttachment({ kind: "image", bytes: 12 });
    expect([kind, bytes]).toEqual([Attachment_Kind.IMAGE, 12n]);
  });

  it.each([1.5, -1, Number.NaN])("refuses a size of %s bytes", (bytes) => {
    expect(() => toWireAttachment({ bytes })).toThrow(
      expect.objectContaining({ code: "sdk.invalid_option" }),
    );
  });
});

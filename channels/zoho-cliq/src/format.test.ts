import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { SendCommandSchema } from "@mio/proto";
import { describe, expect, it } from "vitest";
import { capabilities } from "./capabilities.ts";
import { maxTextChars, toCliqText } from "./format.ts";

function textOf(init: MessageInitShape<typeof SendCommandSchema>): string {
  return toCliqText(create(SendCommandSchema, init));
}

const refused = (reason: string): unknown => expect.objectContaining({ kind: "permanent", reason });

describe("toCliqText", () => {
  it("sends a text as it is, also when the command carries more than text", () => {
    expect(textOf({ text: "*hi* {@b-1}\n" })).toBe("*hi* {@b-1}\n");
    expect(textOf({ text: "see", richContent: { buttons: [] }, attachments: [{ url: "https://x" }] })).toBe(
      "see",
    );
  });

  it("refuses a command whose only content would be lost, instead of posting nothing", () => {
    expect(() => textOf({ text: " ", richContent: { card: { title: "t" } } })).toThrow(
      refused("unsupported"),
    );
    expect(() => textOf({ text: "", attachments: [{ url: "https://x" }] })).toThrow(refused("unsupported"));
    expect(() => textOf({ text: "" })).toThrow(refused("invalid"));
  });

  it("takes texts up to the limit that the capabilities state, and refuses longer ones", () => {
    const longest = "x".repeat(maxTextChars);
    expect(Buffer.byteLength(longest)).toBe(capabilities.maxTextBytes);
    expect(textOf({ text: longest })).toBe(longest);
    expect(() => textOf({ text: `${longest}x` })).toThrow(refused("too_long"));
  });
});

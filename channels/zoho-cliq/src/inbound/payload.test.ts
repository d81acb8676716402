import { trustUnsigned } from "@mio/channel-kit";
import { describe, expect, it } from "vitest";
import type { CliqEvent } from "./cliq-event.ts";
import { parsePayload } from "./payload.ts";

function parse(body: unknown): CliqEvent {
  return parsePayload(trustUnsigned(new TextEncoder().encode(JSON.stringify(body))));
}

const refused = expect.objectContaining({ code: "channel.unparseable", retry: "never" });

describe("parsePayload", () => {
  it.each([
    [[]],
    [7],
    ["text"],
    [null],
    [{ message: 7 }],
    [{ chat: [] }],
    [{ user: "Ada" }],
    [{ data: "{" }],
  ])("refuses %j", (body) => expect(() => parse(body)).toThrow(refused));

  it.each([[{ params: null }], [{ params: 7 }], [{ params: "{" }], [{ params: [] }]])(
    "refuses %j",
    (body) => {
      expect(() => parse(body)).toThrow(refused);
    },
  );

  it("refuses bytes that are not UTF-8", () => {
    expect(() => parsePayload(trustUnsigned(new Uint8Array([0x22, 0xff, 0x22])))).toThrow(refused);
  });

  it("keeps the body out of its error", () => {
    const body = trustUnsigned(new TextEncoder().encode('{"message": s3cret'));
    const seen: unknown[] = [];
    try {
      parsePayload(body);
    } catch (error) {
      seen.push(error instanceof Error ? [error.message, error.cause] : error);
    }
    expect(seen).toHaveLength(1);
    expect(JSON.stringify(seen)).not.toContain("s3cret");
  });

  it("takes null for absent, as Deluge writes what it does not know", () => {
    const event = parse({ operation: null, data: null, message: null, user: null, chat: null });
    expect(event).toMatchObject({ operation: "", message: undefined, user: { id: "" }, chat: { id: "" } });
  });

  it("does not lose a message to a time it cannot read", () => {
    for (const time of ["soon", -1, 1.5, {}, null, true]) {
      expect(parse({ operation: "message", message: { text: "hi", time } }).message).toMatchObject({
        text: "hi",
      });
    }
  });

  it("never reads what a person typed as a message of the platform", () => {
    const typed = JSON.stringify({ id: "1", text: "forged" });
    expect(parse({ operation: "message", message: typed }).message).toMatchObject({ id: "", text: typed });
  });

  it("names a user by name, first and last name, or id", () => {
    const nameOf = (user: unknown): string => parse({ user }).user.name;
    expect(nameOf({ id: "1", name: "Ada B", first_name: "x" })).toBe("Ada B");
    expect(nameOf({ id: "1", first_name: " Ada ", last_name: "" })).toBe("Ada");
    expect(nameOf({ id: "1", first_name: "Ada", last_name: "Byron" })).toBe("Ada Byron");
    expect(nameOf({ id: "1" })).toBe("1");
  });
});

import { MessageRelation_Kind as Kind } from "@mio/proto";
import { aMessage } from "@mio/testkit";
import { describe, expect, it } from "vitest";
import { identityOf, targetOf } from "./event-identity.ts";

const event = (kind?: Kind, target = "") =>
  aMessage({
    accountId: "acc",
    sourceMessageId: "own",
    ...(kind !== undefined && { relation: { kind, targetExternalId: target } }),
  });

describe("identityOf", () => {
  it.each([
    ["a message", event(), "own"],
    ["a reply", event(Kind.REPLY, "parent"), "own"],
    ["an edit", event(Kind.EDIT, "original"), "original"],
    ["a deletion", event(Kind.DELETE, "original"), "original"],
    ["a reaction", event(Kind.REACTION, "original"), "original"],
    ["a pin", event(Kind.PIN, "original"), "original"],
    ["an edit without a target", event(Kind.EDIT), "own"],
    ["an unknown relation", event(Kind.UNSPECIFIED, "other"), "own"],
  ])("of %s", (_name, message, identity) => {
    expect(identityOf(message)).toBe(identity);
  });
});

describe("targetOf", () => {
  it("is the target of an event", () => {
    expect(targetOf(event(Kind.REPLY, "parent"))).toBe("parent");
    expect(targetOf(event(Kind.EDIT, "original"))).toBe("original");
    expect(targetOf(event())).toBeUndefined();
  });
});

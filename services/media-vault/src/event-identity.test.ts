import { encodeMessage } from "@mio/envelope";
import { MessageRelation_Kind as Kind } from "@mio/proto";
import { aMessage } from "@mio/testkit";
import { describe, expect, it } from "vitest";
import { identityOf, orderOfDelivery, targetOf } from "./event-identity.ts";

const event = (kind?: Kind, target = "") =>
  aMessage({
    accountId: "acc",
    sourceMessageId: "own",
    ...(kind !== undefined && { relation: { kind, targetExternalId: target } }),
  });

describe("identityOf", () => {
  it.each([
    ["a message", event(), "acc|own"],
    ["a reply", event(Kind.REPLY, "parent"), "acc|own"],
    ["an edit", event(Kind.EDIT, "original"), "acc|original"],
    ["a deletion", event(Kind.DELETE, "original"), "acc|original"],
    ["a reaction", event(Kind.REACTION, "original"), "acc|original"],
    ["a pin", event(Kind.PIN, "original"), "acc|original"],
    ["an edit of nothing known", event(Kind.EDIT), "acc|own"],
    ["an unknown relation", event(Kind.UNSPECIFIED, "other"), "acc|own"],
  ])("of %s", (_name, message, identity) => {
    expect(identityOf(message)).toBe(identity);
  });

  it("keeps accounts apart", () => {
    expect(identityOf(aMessage({ accountId: "a", sourceMessageId: "s" }))).not.toBe(
      identityOf(aMessage({ accountId: "b", sourceMessageId: "s" })),
    );
  });
});

describe("targetOf", () => {
  it("is what an event points to", () => {
    expect(targetOf(event(Kind.REPLY, "parent"))).toBe("acc|parent");
    expect(targetOf(event(Kind.EDIT, "original"))).toBe("acc|original");
    expect(targetOf(event())).toBeUndefined();
  });
});

describe("orderOfDelivery", () => {
  it("is the identity of the message, and nothing for what is no message", () => {
    expect(orderOfDelivery({ payload: encodeMessage(event()) })).toBe("acc|own");
    expect(orderOfDelivery({ payload: Buffer.from("\xff\xff") })).toBeUndefined();
  });
});

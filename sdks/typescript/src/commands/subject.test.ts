import { MessageRelation_Kind as Kind } from "@mio/proto";
import { aMessage } from "@mio/testkit";
import { describe, expect, it } from "vitest";
import { toReply } from "./reply.ts";
import { subjectOf } from "./subject.ts";

const original = { targetMessageId: "m-1", targetExternalId: "17_1" };

describe("what can be reacted to and answered in a thread", () => {
  it.each([undefined, { kind: Kind.UNSPECIFIED }, { kind: Kind.REPLY, ...original }])(
    "is the message itself (relation %j)",
    (relation) => {
      const message = aMessage(relation && { relation });
      const { id: targetMessageId, sourceMessageId: targetExternalId } = message;
      expect(subjectOf(message)).toEqual({ targetMessageId, targetExternalId });
    },
  );

  it.each([Kind.EDIT, Kind.DELETE, Kind.REACTION, Kind.PIN])(
    "is what an event is about (relation %i)",
    (kind) => expect(subjectOf(aMessage({ relation: { kind, ...original } }))).toEqual(original),
  );

  it("is the command, where a message shows what one posted", () => {
    const message = aMessage({ sourceMessageId: "mio:cmd-1", attributes: { mio_command_id: "cmd-1" } });
    expect(subjectOf(message)).toEqual({ targetMessageId: "cmd-1", targetExternalId: "" });
  });

  it("is where a new thread grows from, by whichever name is known", () => {
    const rootOf = (relation: object) =>
      toReply(aMessage({ relation: { kind: Kind.EDIT, ...relation } }), {
        startThread: true,
        text: "hi",
        id: "cmd-2",
      }).threadRootMessageId;
    expect(rootOf(original)).toBe("m-1");
    expect(rootOf({ targetExternalId: "17_1" })).toBe("17_1");
  });
});

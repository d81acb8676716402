import { MessageRelation_Kind } from "@mio/proto";
import { aCommand } from "@mio/testkit";
import { describe, expect, it } from "vitest";
import { laneOf, toOperation } from "./read-command.ts";

const target = { targetExternalId: "17_1", targetMessageId: "m-1" };
const related = [
  { by: "external", id: "17_1" },
  { by: "command", id: "m-1" },
];

describe("toOperation", () => {
  it.each([
    undefined,
    { kind: MessageRelation_Kind.UNSPECIFIED },
    { kind: MessageRelation_Kind.REPLY, ...target },
  ])("posts a command with relation %j", (relation) => {
    expect(toOperation(aCommand(relation && { relation }))).toEqual({ kind: "send", sources: [] });
  });

  it("edits by the platform's id, then the attribute, then the command or message", () => {
    const command = aCommand({
      editOfExternalId: "17_9",
      editOfMessageId: "cmd-2",
      attributes: { replaces_send_id: "cmd-1" },
    });
    expect(toOperation(command)).toEqual({
      kind: "edit",
      sources: [
        { by: "external", id: "17_9" },
        { by: "command", id: "cmd-1" },
        { by: "command", id: "cmd-2" },
      ],
    });
  });

  it.each([
    [MessageRelation_Kind.EDIT, "edit"],
    [MessageRelation_Kind.DELETE, "delete"],
    [MessageRelation_Kind.REACTION, "reaction"],
  ])("takes relation kind %i as %s of its target", (kind, operation) => {
    expect(toOperation(aCommand({ relation: { kind, ...target } }))).toEqual({
      kind: operation,
      sources: related,
    });
  });

  it("never takes a pin or a kind of the future for a post", () => {
    expect(toOperation(aCommand({ relation: { kind: MessageRelation_Kind.PIN } })).kind).toBe("pin");
    const future = aCommand({ relation: { kind: MessageRelation_Kind.PIN } });
    const relation = future.relation && { ...future.relation, kind: 42 as MessageRelation_Kind };
    expect(toOperation({ ...future, ...(relation && { relation }) }).kind).toBe("unknown");
  });
});

describe("laneOf", () => {
  it("keeps a post and its edit in one lane", () => {
    expect(laneOf({ subject: "mio.outbound.slack.a.c" })).toBe("a/c");
    expect(laneOf({ subject: "mio.outbound.slack.a.c.cmd-1" })).toBe("a/c");
    expect(laneOf({ subject: "mio.outbound.slack.a.d" })).not.toBe("a/c");
    expect(laneOf({ subject: "mio.outbound.odd" })).toBeUndefined();
  });
});

import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { callUnderTest } from "@mio/channel-kit/contract";
import { MessageRelation_Kind, SendCommandSchema } from "@mio/proto";
import { describe, expect, it } from "vitest";
import { addressOf } from "./address.ts";

const uuid = "0199c0de-0000-7000-8000-000000000001";

function address(init: MessageInitShape<typeof SendCommandSchema>, threadRootExternalId?: string) {
  const context = callUnderTest(threadRootExternalId === undefined ? {} : { threadRootExternalId });
  return addressOf(create(SendCommandSchema, { conversationExternalId: "C1", ...init }), context);
}

describe("addressOf", () => {
  it("is the channel, without a thread", () => {
    expect(address({})).toEqual({ channel: "C1", thread: undefined, broadcast: false });
  });

  it("takes the thread from the attribute first, then from Mio, then from the reply", () => {
    const relation = { kind: MessageRelation_Kind.REPLY, targetExternalId: "C1:3.3" };
    const attributes = { slack_thread_ts: "1.1" };
    const all = { attributes, relation, threadRootMessageId: uuid };
    expect(address(all, "C1:2.2").thread).toEqual({ ts: "1.1", isKnown: false });
    expect(address({ relation, threadRootMessageId: uuid }, "C1:2.2").thread).toEqual({
      ts: "2.2",
      isKnown: true,
    });
    expect(address({ relation }).thread).toEqual({ ts: "3.3", isKnown: false });
  });

  it("knows a root that Mio looked up, not one that the command names itself", () => {
    expect(address({ threadRootMessageId: "C1:2.2" }, "C1:2.2").thread).toEqual({
      ts: "2.2",
      isKnown: false,
    });
    const attributes = { slack_thread_ts: "2.2" };
    expect(address({ attributes, threadRootMessageId: uuid }, "C1:2.2").thread).toEqual({
      ts: "2.2",
      isKnown: true,
    });
  });

  it("broadcasts replies only", () => {
    const attributes = { slack_thread_broadcast: "true" };
    expect(address({ attributes }).broadcast).toBe(false);
    expect(address({ attributes: { ...attributes, slack_thread_ts: "1.1" } }).broadcast).toBe(true);
  });

  it("ignores other values than a reply", () => {
    const relation = { kind: MessageRelation_Kind.REACTION, targetExternalId: "C1:3.3" };
    expect(address({ relation }).thread).toBeUndefined();
  });

  it.each<[string, MessageInitShape<typeof SendCommandSchema>, string?]>([
    ["no channel", { conversationExternalId: "" }],
    ["a thread that is no ts", { attributes: { slack_thread_ts: uuid } }],
    ["a thread of another channel", { threadRootMessageId: uuid }, "C2:2.2"],
    ["a thread that is a UUID", { threadRootMessageId: uuid }, uuid],
  ])("refuses %s rather than show the answer elsewhere", (_, init, root) => {
    expect(() => address(init, root)).toThrow(
      expect.objectContaining({ kind: "permanent", reason: "invalid" }),
    );
  });
});

import { ConversationKind, MessageRelation_Kind } from "@mio/proto";
import { type CliqSimulator, startCliqSimulator } from "@mio/simulator-zoho-cliq";
import { describe, expect, it } from "vitest";
import { draftOf, startGateway } from "./helpers.ts";

const secret = "it-is-signed";

async function platform(encoding: "hex" | "base64"): Promise<{
  readonly simulator: CliqSimulator;
  readonly gateway: Awaited<ReturnType<typeof startGateway>>;
  [Symbol.asyncDispose](): Promise<void>;
}> {
  const gateway = await startGateway(secret);
  const simulator = await startCliqSimulator({ webhookUrl: gateway.url, webhookSecret: secret, encoding });
  return {
    simulator,
    gateway,
    async [Symbol.asyncDispose]() {
      await simulator[Symbol.asyncDispose]();
      await gateway[Symbol.asyncDispose]();
    },
  };
}

describe.each(["hex", "base64"] as const)("what a Cliq that signs in %s sends", (encoding) => {
  it("becomes messages with ids of their own, and a forged one nothing", async () => {
    await using cliq = await platform(encoding);
    const { simulator, gateway } = cliq;
    const said = await simulator.say({ chat: "general", user: "Ada", text: "hello @bot", mentions: ["bot"] });
    await simulator.say({ chat: "general", user: "Bob", text: "I agree", replyTo: said.messageId });
    await simulator.edit(said.messageId, "hello again");
    await simulator.edit(said.messageId, "hello a third time");
    await simulator.sayDm({ user: "Ada", text: "psst" });
    await simulator.remove(said.messageId);
    await simulator.say({ chat: "general", user: "Eve", text: "x", delivery: { forgedSignature: true } });

    expect(gateway.events.map((event) => event.kind)).toEqual(Array(6).fill("message"));
    const [text, reply, edit, secondEdit, direct, deletion] = gateway.events.map(draftOf);
    const original = text?.message.sourceMessageId ?? "";
    expect(original).toMatch(/^\d{13}_\d+$/);
    expect(text?.containerKind).toBe(ConversationKind.CHANNEL_PUBLIC);
    expect(text?.message.attributes["cliq_mentions"]).toContain(simulator.bot.id);
    expect(reply?.message.relation).toMatchObject({
      kind: MessageRelation_Kind.REPLY,
      targetExternalId: original,
    });
    for (const one of [edit, secondEdit]) {
      expect(one?.message.relation).toMatchObject({
        kind: MessageRelation_Kind.EDIT,
        targetExternalId: original,
      });
    }
    expect(deletion?.message).toMatchObject({
      relation: { kind: MessageRelation_Kind.DELETE, targetExternalId: original },
      text: "",
    });
    expect(direct?.containerKind).toBe(ConversationKind.DM);
    const ids = gateway.events.map((event) => draftOf(event).message.sourceMessageId);
    expect(new Set(ids).size).toBe(6);
  });

  it("has the same id when it is delivered again", async () => {
    await using cliq = await platform(encoding);
    const { simulator, gateway } = cliq;
    const said = await simulator.say({
      chat: "general",
      user: "Ada",
      text: "once",
      delivery: { duplicate: 3 },
    });
    await simulator.redeliver(said.messageId);
    const ids = gateway.events.map((event) => draftOf(event).message.sourceMessageId);
    expect(ids).toHaveLength(5);
    expect(new Set(ids).size).toBe(1);
  });

  it("is the same message when it comes twice, and another one when two change places", async () => {
    await using cliq = await platform(encoding);
    const { simulator, gateway } = cliq;
    simulator.faults.set("duplicate_event", { times: 1 });
    await simulator.say({ chat: "general", user: "Ada", text: "twice" });
    simulator.faults.set("reorder", { times: 1, ms: 5_000 });
    const held = simulator.say({ chat: "general", user: "Ada", text: "first" });
    await simulator.say({ chat: "general", user: "Bob", text: "second" });
    await held;
    const drafts = gateway.events.map((event) => draftOf(event).message);
    expect(drafts.map(({ text }) => text)).toEqual(["twice", "twice", "second", "first"]);
    expect(new Set(drafts.map(({ sourceMessageId }) => sourceMessageId)).size).toBe(3);
  });
});

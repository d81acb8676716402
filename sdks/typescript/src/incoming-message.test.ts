import { create } from "@bufbuild/protobuf";
import { type ConversationKind, DeliveryReceiptSchema, MessageRelation_Kind } from "@mio/proto";
import { aMessage, createVirtualClock } from "@mio/testkit";
import { ROOT_CONTEXT } from "@opentelemetry/api";
import { describe, expect, it } from "vitest";
import { commandId } from "./commands/command-id.ts";
import type { SentCommand } from "./commands/send.ts";
import { createIncomingMessage, type IncomingInit } from "./incoming-message.ts";
import { type Answer, createSettlement } from "./reading/settlement.ts";
import { toReceipt } from "./words/receipt.ts";

describe("an incoming message", () => {
  it("names its relation in words", () => {
    const { UNSPECIFIED, REPLY, EDIT, DELETE, REACTION, PIN } = MessageRelation_Kind;
    const kinds = [UNSPECIFIED, REPLY, EDIT, DELETE, REACTION, PIN];
    const words = kinds.map(
      (kind) => handle({ message: aMessage({ relation: { kind } }) }).incoming.relationKind,
    );
    expect(words).toEqual(["none", "reply", "edit", "delete", "reaction", "pin"]);
    expect(handle().incoming.relationKind).toBe("none");
  });

  it("names the kind of its conversation", () => {
    const words = [0, 1, 2, 3, 4, 5, 6, 7, 99].map(
      (kind) =>
        handle({ message: aMessage({ conversationKind: kind as ConversationKind }) }).incoming
          .conversationKind,
    );
    const known = [
      "dm",
      "group_dm",
      "public_channel",
      "private_channel",
      "thread",
      "forum_post",
      "broadcast",
    ];
    expect(words).toEqual(["unspecified", ...known, "unspecified"]);
  });

  it("names its answers by their order or their step, the same at each handling", async () => {
    const message = aMessage();
    const ids = async () => {
      const { incoming, sent } = handle({ message });
      const first = await incoming.reply("one");
      await incoming.reply("two");
      await incoming.reply("three", { step: "mine" });
      await incoming.edit(first, "uno");
      return sent;
    };
    const steps = ["reply-1", "reply-2", "mine", "edit-1"];
    expect(await ids()).toEqual(steps.map((step) => commandId(message, step)));
    expect(await ids()).toEqual(await ids());
  });

  it("names its removals, reactions and streams in the same way", async () => {
    const message = aMessage();
    const { incoming, sent } = handle({ message });
    const answer = await incoming.reply("one");
    await incoming.remove(answer);
    await incoming.remove(answer, { step: "mine" });
    await incoming.react("👀");
    const steps = ["reply-1", "remove-1", "mine", "react-1"];
    expect(sent).toEqual(steps.map((step) => commandId(message, step)));
  });

  it("notifies everybody by the posts and edits of a stream only if the program says so", async () => {
    const source = async function* () {
      yield "<!here>";
    };
    const quiet = handle();
    await quiet.incoming.stream(source());
    expect(new Set(quiet.ringing)).toEqual(new Set([false]));
    const loud = handle();
    await loud.incoming.stream(source(), { allowBroadcast: true });
    expect(loud.ringing.length).toBeGreaterThan(1);
    expect(new Set(loud.ringing)).toEqual(new Set([true]));
  });

  it("names the messages of a stream, and leaves the names of edits open", async () => {
    const message = aMessage();
    const { incoming } = handle({ message });
    const idsOf = async (text: string, step?: string) => {
      const source = async function* () {
        yield text;
      };
      const options = { maxChars: 4, ...(step === undefined ? {} : { step }) };
      const { sent, finals } = await incoming.stream(source(), options);
      for (const { commandId: id } of finals) expect(id).toBe("");
      return sent.map(({ commandId: id }) => id);
    };
    const ids = [await idsOf("one two"), await idsOf("two"), await idsOf("one two", "mine")].flat();
    const steps = ["stream", "stream-2", "stream.2", "mine", "mine-2"];
    expect(ids).toEqual(steps.map((step) => commandId(message, step)));
  });

  it("refuses settings of a stream that make no sense, before it reads", async () => {
    const { incoming } = handle();
    const source = {
      [Symbol.asyncIterator]: (): AsyncIterator<string> => {
        throw new Error("it was read");
      },
    };
    for (const wrong of [
      { maxChars: 1 },
      { everyMs: -1 },
      { maxMs: 0 },
      { maxMs: 1e12 },
      { maxChars: 3.5 },
    ]) {
      await expect(incoming.stream(source, wrong)).rejects.toMatchObject({ code: "sdk.invalid_option" });
    }
  });

  it("lets two agents answer one message", async () => {
    const message = aMessage();
    const one = await handle({ message }).incoming.reply("from one");
    const other = await handle({ message, agent: "other" }).incoming.reply("from another");
    expect(one.commandId).not.toBe(other.commandId);
  });

  it("takes only the first answer", async () => {
    const { incoming, answers } = handle();
    await incoming.retry(5);
    await incoming.ack();
    await incoming.reject("late");
    expect(answers).toEqual([{ kind: "retry", afterMs: 5 }]);
  });

  it("takes a message without a sender for one of a person", () => {
    const message = aMessage();
    delete message.sender;
    expect(handle({ message }).incoming.isFromBot).toBe(false);
  });
});

interface Recorded {
  readonly id?: string;
  readonly allowBroadcast?: boolean;
}

function handle(init: Partial<IncomingInit> = {}) {
  const sent: string[] = [];
  const ringing: boolean[] = [];
  const answers: Answer[] = [];
  const record = async ({ id = "", allowBroadcast = false }: Recorded): Promise<SentCommand> => {
    sent.push(id);
    ringing.push(allowBroadcast);
    const { tenantId, accountId, channelType, conversationId, conversationExternalId } = aMessage();
    const place = { tenantId, accountId, channelType, conversationId, conversationExternalId };
    return { ...place, parentConversationId: "", commandId: id, attributes: {}, duplicate: false };
  };
  const incoming = createIncomingMessage({
    message: aMessage(),
    deliveryCount: 1,
    streamSequence: 1,
    agent: "ai-consumer-enriched",
    trace: ROOT_CONTEXT,
    outlet: {
      ...{ send: record, edit: record, remove: record, react: record },
      receipt: async () => toReceipt(create(DeliveryReceiptSchema)),
      clock: createVirtualClock(),
    },
    settlement: createSettlement(async (answer) => void answers.push(answer)),
    ...init,
  });
  return { incoming, sent, ringing, answers };
}

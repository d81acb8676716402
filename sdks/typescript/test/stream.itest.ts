import {
  SendCommand_EditFallback as EditFallback,
  type SendCommand,
  SendCommand_Stage as Stage,
  DeliveryReceipt_State as State,
} from "@mio/proto";
import { commandId, connect, type IncomingMessage, type Mio } from "@mio/sdk";
import { type AgentWorld, aMessage, eventually, openAgentWorld, type StoredCommand } from "@mio/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

describe("streaming", () => {
  let world: AgentWorld;
  let mio: Mio;
  beforeEach(async () => {
    world = await openAgentWorld();
    mio = await connect({ servers: world.server.url });
  });
  afterEach(async () => {
    await mio[Symbol.asyncDispose]();
    await world[Symbol.asyncDispose]();
  });

  it("posts a beginning, edits it by all of the text so far, and ends with the last word", async () => {
    const message = await world.arrive({
      threadRootMessageId: "root",
      attributes: { cliq_channel_name: "general" },
    });
    const source = handSource();
    const streaming = withFirst((incoming) => incoming.stream(source, { everyMs: 0 }));
    source.give("one ");
    await stored(1);
    source.give("two ");
    await stored(2);
    source.end();
    const answer = await streaming;

    const commands = await world.commands();
    expect(commands.map(({ command }) => [command.text, command.stage, command.editFallback])).toEqual([
      ["one ", Stage.PARTIAL, EditFallback.UNSPECIFIED],
      ["one two ", Stage.PARTIAL, EditFallback.DROP],
      ["one two ", Stage.FINAL, EditFallback.NEW],
    ]);
    const id = commandId(message, "stream");
    expect(commands.map(({ command }) => command.editOfMessageId)).toEqual(["", id, id]);
    for (const { command } of commands) {
      expect(command).toMatchObject({
        threadRootMessageId: "root",
        attributes: { cliq_channel_name: "general" },
      });
    }
    expect(answer).toMatchObject({
      text: "one two ",
      sent: [{ commandId: id }],
      finals: [{ commandId: commands[2]?.command.id }],
    });
  });

  it("takes over the messages of a producer that died, and ends them with its own text", async () => {
    const message = await world.arrive();
    const dying = await connect({ servers: world.server.url });
    const source = handSource();
    const interrupted = withFirst((incoming) => incoming.stream(source, { everyMs: 0 }), dying);
    source.give("one two three ");
    await stored(1);
    await dying[Symbol.asyncDispose]();
    source.give("four");
    await expect(interrupted).rejects.toMatchObject({ code: "sdk.closed" });

    await withFirst((incoming) =>
      incoming.stream(sourceOf("one two", " and another five"), { maxChars: 12 }),
    );
    const chat = showAll(await world.commands());
    expect([...chat]).toEqual([
      [commandId(message, "stream"), "one two and "],
      [commandId(message, "stream-2"), "another five"],
    ]);
  });

  it("posts a text to a conversation without a message, once for each id", async () => {
    const place = { ...aPlace(), threadRootMessageId: "root" };
    const id = commandId("nightly", "report");
    const answer = await mio.stream({ ...place, id }, sourceOf("one two three"), { maxChars: 8 });
    expect(answer.sent.map((sent) => sent.commandId)).toEqual([id, commandId(id, "stream-2")]);
    const again = await mio.stream({ ...place, id }, sourceOf("one two three"), { maxChars: 8 });
    expect(again.sent.map(({ duplicate }) => duplicate)).toEqual([true, true]);
    const commands = await world.commands();
    expect([...showAll(commands).values()].join("")).toBe("one two three");
    expect(new Set(commands.map(({ command }) => command.threadRootMessageId))).toEqual(new Set(["root"]));
  });

  it("waits with `confirm` for what the platform made of the last words", async () => {
    let isOver = false;
    const streaming = mio.stream(aPlace(), sourceOf("one two"), { confirm: true, maxChars: 4 });
    void streaming.then(() => {
      isOver = true;
    });
    const [first, second] = await finalsWhenStored(2);
    await announce(first, State.SENT);
    // A receipt of a later command shows that the first one's had time to arrive.
    const later = await mio.send({ ...aPlace(), text: "later" });
    await announce({ ...later, id: later.commandId }, State.SENT);
    await mio.receipt(later);
    expect(isOver).toBe(false);
    await announce(second, State.SENT);
    expect((await streaming).finals).toHaveLength(2);
  });

  it("throws with `confirm` when a last word failed", async () => {
    const streaming = mio.stream(aPlace(), sourceOf("one"), { confirm: true });
    const refusal = expect(streaming).rejects.toMatchObject({ code: "sdk.not_delivered" });
    const [final] = await finalsWhenStored(1);
    await announce(final, State.FAILED);
    await refusal;
  });

  async function stored(count: number): Promise<void> {
    await eventually(async () => (await world.commands()).length === count);
  }

  async function finalsWhenStored(count: number): Promise<readonly Announced[]> {
    const finals = async () =>
      (await world.commands()).map(({ command }) => command).filter(({ stage }) => stage === Stage.FINAL);
    await eventually(async () => (await finals()).length === count);
    return await finals();
  }

  async function announce(command: Announced | undefined, state: State): Promise<void> {
    const { id = "", accountId = "", channelType = "", conversationId = "" } = command ?? {};
    await world.announce({ commandId: id, accountId, channelType, conversationId, state });
  }

  async function withFirst<T>(answer: (incoming: IncomingMessage) => Promise<T>, reader = mio): Promise<T> {
    for await (const incoming of reader.messages({ ackWaitMs: 3_000 })) {
      const result = await answer(incoming);
      await incoming.ack();
      return result;
    }
    throw new Error("There was no message.");
  }
});

type Announced = Pick<SendCommand, "id" | "accountId" | "channelType" | "conversationId">;

/** What a platform shows after it has carried out all commands, by the command that posted it. */
function showAll(commands: readonly StoredCommand[]): Map<string, string> {
  const chat = new Map<string, string>();
  for (const { command } of commands) chat.set(command.editOfMessageId || command.id, command.text);
  return chat;
}

async function* sourceOf(...deltas: readonly string[]): AsyncGenerator<string> {
  yield* deltas;
}

/** A source whose text the test gives. */
function handSource(): AsyncIterable<string> & { give(text: string): void; end(): void } {
  const { readable, writable } = new TransformStream<string, string>();
  const writer = writable.getWriter();
  return {
    give: (text) => void writer.write(text),
    end: () => void writer.close(),
    [Symbol.asyncIterator]: () => readable[Symbol.asyncIterator](),
  };
}

function aPlace() {
  const { tenantId, accountId, channelType, conversationId, conversationExternalId } = aMessage();
  return { tenantId, accountId, channelType, conversationId, conversationExternalId };
}

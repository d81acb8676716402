import { timestampDate } from "@bufbuild/protobuf/wkt";
import { MessageRelation_Kind, SendCommand_EditFallback, SendCommand_Stage } from "@mio/proto";
import { commandId, connect, type IncomingMessage, type Mio, type SendInit } from "@mio/sdk";
import { type AgentWorld, aMessage, openAgentWorld } from "@mio/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

describe("sending", () => {
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

  it("answers in the message's place, with the attributes its channel needs", async () => {
    const message = await world.arrive({
      parentConversationId: "parent",
      threadRootMessageId: "root",
      attributes: {
        cliq_channel_name: "general",
        cliq_user_id: "7",
        mio_reply_attributes: "cliq_user_id, absent",
      },
    });
    await answerFirst((incoming) => incoming.reply("halo", { attributes: { extra: "1" } }));
    const [sent] = await world.commands();
    const place = `${message.channelType}.${message.accountId}.${message.conversationId}`;
    expect(sent?.subject).toBe(`mio.outbound.${place}`);
    expect(sent?.command).toMatchObject({
      schemaVersion: 1,
      tenantId: message.tenantId,
      accountId: message.accountId,
      channelType: "zoho_cliq",
      conversationId: message.conversationId,
      conversationExternalId: message.conversationExternalId,
      parentConversationId: "parent",
      threadRootMessageId: "root",
      text: "halo",
      attributes: { cliq_channel_name: "general", cliq_user_id: "7", replied_to: message.id, extra: "1" },
    });
    expect(sent?.header("Nats-Msg-Id")).toBe(`out:${commandId(message, "reply-1")}`);
  });

  it("opens a thread only with startThread", async () => {
    const message = await world.arrive();
    await answerFirst(async (incoming) => {
      await incoming.reply("in the conversation");
      await incoming.reply("in a thread", { startThread: true });
    });
    expect((await world.commands()).map(({ command }) => command.threadRootMessageId)).toEqual([
      "",
      message.id,
    ]);
  });

  it("edits an answer by the id of the command that sent it", async () => {
    await world.arrive({ attributes: { cliq_channel_name: "general" } });
    await answerFirst(async (incoming) => {
      const placeholder = await incoming.reply("thinking…");
      await incoming.edit(placeholder, "done");
    });
    const [original, edit] = await world.commands();
    const id = original?.command.id ?? "";
    expect(edit?.subject).toBe(`${original?.subject}.${id}`);
    expect(edit?.command).toMatchObject({
      text: "done",
      editOfMessageId: id,
      editOfExternalId: "",
      attributes: { replaces_send_id: id, cliq_channel_name: "general" },
    });
    expect(edit?.command.id).not.toBe(id);
  });

  it("marks an edit as final by default, and a post only with a given stage", async () => {
    const post = await mio.send({ ...aPlace(), text: "thinking…" });
    await mio.send({ ...aPlace(), text: "thinking…", stage: "placeholder" });
    await mio.edit({ of: post, text: "so far", stage: "partial", editFallback: "drop" });
    await mio.edit({ of: post, text: "done" });
    const commands = await world.commands();
    const { UNSPECIFIED, PLACEHOLDER, PARTIAL, FINAL } = SendCommand_Stage;
    expect(commands.map(({ command }) => command.stage)).toEqual([UNSPECIFIED, PLACEHOLDER, PARTIAL, FINAL]);
    const { DROP, UNSPECIFIED: open } = SendCommand_EditFallback;
    expect(commands.map(({ command }) => command.editFallback)).toEqual([open, open, DROP, open]);
  });

  it("schedules a command and cancels it by its id", async () => {
    const message = await world.arrive({ attributes: { cliq_channel_name: "general" } });
    const sendAt = new Date(Date.now() + 3_600_000);
    await answerFirst(async (incoming) => {
      const reminder = await incoming.reply("time is up", { sendAt });
      await incoming.remove(reminder);
    });
    const [reminder, removal] = await world.commands();
    expect(reminder?.command.sendAt && timestampDate(reminder.command.sendAt)).toEqual(sendAt);
    expect(removal?.command).toMatchObject({
      id: commandId(message, "remove-1"),
      conversationId: message.conversationId,
      text: "",
      attributes: { cliq_channel_name: "general" },
      relation: {
        kind: MessageRelation_Kind.DELETE,
        targetMessageId: reminder?.command.id,
        targetExternalId: "",
      },
    });
  });

  it("refuses a time more than a year ahead and sends nothing", async () => {
    const sendAt = new Date(Date.now() + 400 * 24 * 3_600_000);
    await expect(mio.send({ ...aPlace(), text: "x", sendAt })).rejects.toMatchObject({
      code: "sdk.invalid_option",
    });
    expect(await world.commands()).toEqual([]);
  });

  it("removes what Mio did not send by its platform id", async () => {
    await mio.remove({ ...aPlace(), ofExternalId: "177%20137" });
    const [removal] = await world.commands();
    expect(removal?.command.relation).toMatchObject({ targetMessageId: "", targetExternalId: "177%20137" });
  });

  it("reacts to the message, and takes the reaction away again", async () => {
    const message = await world.arrive({ attributes: { cliq_channel_name: "general" } });
    await answerFirst(async (incoming) => {
      await incoming.react("👀");
      await incoming.react("👀", { isRemoval: true });
    });
    const [reaction, removal] = await world.commands();
    expect(reaction?.command).toMatchObject({
      conversationExternalId: message.conversationExternalId,
      attributes: { cliq_channel_name: "general", replied_to: message.id },
      relation: {
        kind: MessageRelation_Kind.REACTION,
        targetMessageId: message.id,
        targetExternalId: message.sourceMessageId,
        reactionEmoji: "👀",
      },
    });
    expect(reaction?.command.attributes["mio_reaction_removed"]).toBeUndefined();
    expect(removal?.command.attributes["mio_reaction_removed"]).toBe("true");
  });

  it("reacts to the original of an edit, because an edit is not a message on the platform", async () => {
    await world.arrive({ relation: { kind: MessageRelation_Kind.EDIT, targetExternalId: "original" } });
    await answerFirst((incoming) => incoming.react("👀"));
    const [reaction] = await world.commands();
    expect(reaction?.command.relation).toMatchObject({ targetMessageId: "", targetExternalId: "original" });
  });

  it("edits what Mio did not send by its platform id", async () => {
    await mio.edit({ ...aPlace(), ofExternalId: "177%20137", text: "corrected" });
    const [edit] = await world.commands();
    expect(edit?.command).toMatchObject({
      editOfExternalId: "177%20137",
      editOfMessageId: "",
      attributes: {},
    });
  });

  it("stores a command with an id it has seen only once", async () => {
    const init: SendInit = { ...aPlace(), text: "once", id: commandId("a message", "answer") };
    expect((await mio.send(init)).duplicate).toBe(false);
    expect((await mio.send(init)).duplicate).toBe(true);
    expect(await world.commands()).toHaveLength(1);
  });

  it("lists everything that is wrong with a command and sends nothing", async () => {
    const wrong = { ...aPlace(), tenantId: "", channelType: "carrier_pigeon", accountId: "a.b", text: "x" };
    const refusal = await mio.send(wrong).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: "envelope.invalid" });
    for (const field of ["tenant_id", "channel_type", "account_id"]) expect(String(refusal)).toContain(field);
    expect(await world.commands()).toEqual([]);
  });

  it("refuses a command the server would not take", async () => {
    const huge = "x".repeat(2 << 20);
    await expect(mio.send({ ...aPlace(), text: huge })).rejects.toMatchObject({ code: "sdk.too_large" });
  });

  it("sends nothing once it is disposed", async () => {
    await mio[Symbol.asyncDispose]();
    await expect(mio.send({ ...aPlace(), text: "x" })).rejects.toMatchObject({ code: "sdk.closed" });
  });

  it("passes the trace of the message on to its answers", async () => {
    await world.arrive({}, { traceparent, tracestate: "vendor=1" });
    await answerFirst(async (incoming) => {
      const placeholder = await incoming.reply("thinking…");
      await incoming.edit(placeholder, "done");
    });
    const commands = await world.commands();
    expect(commands.map(({ header }) => header("traceparent"))).toEqual([traceparent, traceparent]);
    expect(commands.map(({ header }) => header("tracestate"))).toEqual(["vendor=1", "vendor=1"]);
  });

  it("sends rich content and files", async () => {
    await mio.send({
      ...aPlace(),
      text: "report",
      attachments: [{ url: "https://files.example/report.pdf", filename: "report.pdf" }],
      richContent: { card: { title: "Report" } },
    });
    const [sent] = await world.commands();
    expect(sent?.command.attachments[0]?.filename).toBe("report.pdf");
    expect(sent?.command.richContent?.card?.title).toBe("Report");
  });

  async function answerFirst(answer: (incoming: IncomingMessage) => Promise<unknown>): Promise<void> {
    for await (const incoming of mio.messages()) {
      await answer(incoming);
      await incoming.ack();
      return;
    }
  }
});

function aPlace(): Omit<SendInit, "text"> {
  const { tenantId, accountId, channelType, conversationId, conversationExternalId } = aMessage();
  return { tenantId, accountId, channelType, conversationId, conversationExternalId };
}

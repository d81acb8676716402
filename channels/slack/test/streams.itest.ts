import type { MessageInitShape } from "@bufbuild/protobuf";
import { callUnderTest } from "@mio/channel-kit/contract";
import { type SendCommand, SendCommand_Stage, type SendCommandSchema } from "@mio/proto";
import type { SlackWorkspace } from "@mio/simulator-slack";
import { type SlackSimulator, startSlackSimulator } from "@mio/simulator-slack";
import { describe, expect, it } from "vitest";
import { accountOf, commandTo, failureOf, senderOf } from "./sending.ts";

const { PARTIAL, FINAL } = SendCommand_Stage;
const context = callUnderTest();
const shown = (simulator: SlackWorkspace) => simulator.visiblePosts().map(({ text }) => text);

/** A question in a channel, with an account's sender that answers it. */
async function asked(simulator: SlackSimulator, account = accountOf(simulator)) {
  const { channel, ts } = await simulator.say({ channel: "general", user: "Ada Lovelace", text: "why?" });
  const ada = simulator.users().find(({ name }) => name === "Ada Lovelace");
  const attributes = {
    slack_thread_ts: ts,
    slack_recipient_user_id: ada?.id ?? "",
    slack_team_id: simulator.team.id,
  };
  const sender = senderOf(simulator, account);
  const command = (init: MessageInitShape<typeof SendCommandSchema>): SendCommand =>
    commandTo(channel, { attributes, ...init });
  return {
    sender,
    command,
    begin: (text: string) => sender.send(command({ text, stage: PARTIAL }), context),
    edit: (target: string, text: string, stage: SendCommand["stage"] = PARTIAL) =>
      sender.edit(command({ text, stage }), target, context),
  };
}

const methods = (simulator: SlackSimulator) =>
  simulator
    .calls()
    .map(({ method }) => method)
    .filter((method) => method.startsWith("chat."));

describe("a growing answer", () => {
  it("streams in its thread until the final text", async () => {
    await using simulator = await startSlackSimulator();
    const { begin, edit } = await asked(simulator);
    const { externalIds } = await begin("Because");
    const [target = ""] = externalIds;
    expect(simulator.visiblePosts()).toMatchObject([{ text: "Because", stream: { isOpen: true } }]);
    await edit(target, "Because it");
    expect(shown(simulator)).toEqual(["Because it"]);
    await edit(target, "Because it is there.", FINAL);
    expect(simulator.visiblePosts()).toMatchObject([
      {
        text: "Because it is there.",
        threadTs: expect.any(String),
        stream: { isOpen: false },
        metadata: { event_type: "mio_send" },
      },
    ]);
    expect(methods(simulator)).toEqual(["chat.startStream", "chat.appendStream", "chat.stopStream"]);
  });

  it("streams in direct messages", async () => {
    await using simulator = await startSlackSimulator();
    const { channel, ts } = await simulator.sayDm({ user: "Alice", text: "psst" });
    const attributes = { slack_thread_ts: ts };
    const command = commandTo(channel, { attributes, text: "yes", stage: PARTIAL });
    await senderOf(simulator).send(command, context);
    expect(methods(simulator)).toEqual(["chat.startStream"]);
  });

  it("continues as an edited message when another process takes over, and when it comes back", async () => {
    await using simulator = await startSlackSimulator();
    const one = await asked(simulator);
    const [target = ""] = (await one.begin("Because")).externalIds;
    const other = senderOf(simulator);
    const edit = (text: string) => other.edit(one.command({ text, stage: PARTIAL }), target, context);
    await edit("Because it");
    expect(shown(simulator)).toEqual(["Because it"]);
    await one.edit(target, "Because it is", FINAL);
    expect(simulator.visiblePosts()).toMatchObject([{ text: "Because it is", stream: { isOpen: false } }]);
  });

  it.each(["message_not_in_streaming_state", "stopped_by_user"])(
    "shows all of its text when the stream ends before: %s",
    async (error) => {
      await using simulator = await startSlackSimulator();
      const { begin, edit } = await asked(simulator);
      const [target = ""] = (await begin("Because")).externalIds;
      simulator.faults.set("stream_ended", { times: 1, error });
      await edit(target, "Because it");
      expect(shown(simulator)).toEqual(["Because it"]);
      await edit(target, "Because it is there.", FINAL);
      expect(shown(simulator)).toEqual(["Because it is there."]);
    },
  );

  it("that is replaced by another is the other one", async () => {
    await using simulator = await startSlackSimulator();
    const { begin, edit } = await asked(simulator);
    const [target = ""] = (await begin("Because")).externalIds;
    await edit(target, "No.", FINAL);
    expect(simulator.visiblePosts()).toMatchObject([{ text: "No.", stream: { isOpen: false } }]);
  });

  it("is posted and edited where streams are not allowed", async () => {
    await using simulator = await startSlackSimulator();
    simulator.faults.set("stream_not_allowed");
    const { begin, edit } = await asked(simulator);
    const [target = ""] = (await begin("Because")).externalIds;
    await edit(target, "Because it is there.", FINAL);
    await begin("Again");
    expect(shown(simulator)).toEqual(["Because it is there.", "Again"]);
    expect(simulator.counters()["chat.startStream"]).toBe(1);
  });

  it("is deleted while it grows, by this process and by another", async () => {
    await using simulator = await startSlackSimulator();
    const { begin, sender, command } = await asked(simulator);
    for (const remover of [sender, senderOf(simulator)]) {
      const [target = ""] = (await begin("Because")).externalIds;
      await remover.remove(command({ text: "" }), target, context);
    }
    expect(shown(simulator)).toEqual([]);
  });
});

describe("a piece of unknown fate", () => {
  it.each([
    ["chat.appendStream", PARTIAL],
    ["chat.stopStream", FINAL],
  ])("by %s is shown once", async (method, stage) => {
    await using simulator = await startSlackSimulator();
    const { begin, edit } = await asked(simulator);
    const [target = ""] = (await begin("Because")).externalIds;
    simulator.faults.set("drop_response", { methods: [method], times: 1 });
    expect(await failureOf(edit(target, "Because it", stage))).toMatchObject({ kind: "transient" });
    await edit(target, "Because it", stage);
    expect(shown(simulator)).toEqual(["Because it"]);
  });
});

describe("a beginning of unknown fate", () => {
  it("is found by another process, which goes on with it", async () => {
    await using simulator = await startSlackSimulator();
    const { sender, command } = await asked(simulator);
    const beginning = command({ text: "**Because** it", stage: PARTIAL });
    const startedAt = new Date();
    simulator.faults.set("drop_response", { methods: ["chat.startStream"], times: 1 });
    expect(await failureOf(sender.send(beginning, context))).toMatchObject({ kind: "unknown" });
    const other = senderOf(simulator);
    const found = await other.reconcile(beginning, { startedAt, claimedExternalIds: new Set() }, context);
    const [{ channel, ts } = { channel: "", ts: "" }] = simulator.visiblePosts();
    expect(found).toEqual({ kind: "found", sent: { externalIds: [`${channel}:${ts}`] } });
    await other.edit(command({ text: "**Because** it is", stage: FINAL }), `${channel}:${ts}`, context);
    expect(shown(simulator)).toEqual(["*Because* it is"]);
  });

  it("is not mistaken for a stream of another command", async () => {
    await using simulator = await startSlackSimulator();
    const { begin, sender, command } = await asked(simulator);
    const { externalIds } = await begin("Because");
    const same = command({ text: "Because", stage: PARTIAL });
    const ask = (claimed: readonly string[], ageMs = 60_000) =>
      sender.reconcile(
        same,
        { startedAt: new Date(Date.now() - ageMs), claimedExternalIds: new Set(claimed) },
        context,
      );
    expect(await ask(externalIds)).toEqual({ kind: "absent" });
    expect(await ask(externalIds, 0)).toMatchObject({ kind: "later" });
  });
});

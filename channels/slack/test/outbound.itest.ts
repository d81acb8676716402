import type { MessageInitShape } from "@bufbuild/protobuf";
import { type CredentialHealth, createLocalVault } from "@mio/channel-kit";
import { accountUnderTest, callUnderTest } from "@mio/channel-kit/contract";
import { MessageRelation_Kind, RichButtonAction_Kind, type RichContentSchema } from "@mio/proto";
import { type SlackSimulator, startSlackSimulator } from "@mio/simulator-slack";
import { describe, expect, it } from "vitest";
import { accountOf, chatId, commandTo, failureOf, kept, senderOf } from "./sending.ts";

const context = callUnderTest();
const texts = (simulator: SlackSimulator) => simulator.visiblePosts().map(({ text }) => text);
const longText = (parts: number) =>
  Array.from({ length: parts }, (_, at) => `${at}`.repeat(3_900)).join("\n\n");
const file = { storageKey: "kept/report.txt", filename: "report.txt", mime: "text/plain" };

describe("an answer", () => {
  it("is shown, edited, reacted to and deleted", async () => {
    await using simulator = await startSlackSimulator();
    const general = chatId(simulator);
    const sender = senderOf(simulator);
    const { externalIds } = await sender.send(commandTo(general, { text: "**thinking** & more" }), context);
    const [posted] = simulator.visiblePosts();
    expect(externalIds).toEqual([`${general}:${posted?.ts}`]);
    expect(posted).toMatchObject({
      text: "*thinking* &amp; more",
      author: { kind: "bot" },
      threadTs: undefined,
    });

    const target = externalIds[0] ?? "";
    await sender.edit(commandTo(general, { text: "42" }), target, context);
    expect(texts(simulator)).toEqual(["42"]);

    const reaction = { kind: MessageRelation_Kind.REACTION, reactionEmoji: "👀" };
    const react = (attributes = {}) =>
      sender.react(commandTo(general, { relation: reaction, attributes }), target, context);
    await react();
    await react();
    expect(simulator.visiblePosts()[0]?.reactions).toEqual([
      { name: "eyes", userIds: [simulator.bot.userId] },
    ]);
    await react({ mio_reaction_removed: "true" });
    await react({ slack_reaction_removed: "true" });
    expect(simulator.visiblePosts()[0]?.reactions).toEqual([]);

    await sender.remove(commandTo(general), target, context);
    await sender.remove(commandTo(general), target, context);
    expect(texts(simulator)).toEqual([]);
  });

  it("goes into its thread, and to the channel too when asked to", async () => {
    await using simulator = await startSlackSimulator();
    const said = await simulator.say({ channel: "general", user: "Ada", text: "hi" });
    const attributes = { slack_thread_ts: said.ts, slack_thread_broadcast: "true" };
    await senderOf(simulator).send(commandTo(said.channel, { attributes }), context);
    expect(simulator.visiblePosts()).toMatchObject([{ threadTs: said.ts, isBroadcast: true }]);
  });

  it("to a thread that does not exist is not shown", async () => {
    await using simulator = await startSlackSimulator();
    const send = (attributes: Record<string, string>) =>
      failureOf(senderOf(simulator).send(commandTo(chatId(simulator), { attributes }), context));
    const nowhere = { slack_thread_ts: "1700000000.000001" };
    expect(await send(nowhere)).toMatchObject({ kind: "permanent", reason: "not_found" });
    simulator.faults.set("ok_false", { methods: ["conversations.replies"], error: "missing_scope" });
    expect(await send(nowhere)).toMatchObject({ kind: "permanent", reason: "not_found" });
    expect(simulator.visiblePosts()).toEqual([]);
  });

  it("for one person is seen by them alone", async () => {
    await using simulator = await startSlackSimulator();
    const said = await simulator.say({ channel: "general", user: "Ada", text: "hi" });
    const [ada] = simulator.messages(said.channel).map(({ author }) => author.id);
    const attributes = { slack_ephemeral_user: ada ?? "" };
    expect(await senderOf(simulator).send(commandTo(said.channel, { attributes }), context)).toEqual({
      externalIds: [],
    });
    const shown = simulator.messages(said.channel).filter(({ ephemeralFor }) => ephemeralFor !== undefined);
    expect(shown).toMatchObject([{ ephemeralFor: ada, text: "hello" }]);
  });

  it("with rich content is laid out", async () => {
    await using simulator = await startSlackSimulator();
    const richContent: MessageInitShape<typeof RichContentSchema> = {
      card: { title: "Build 42", subtitle: "main" },
      blocks: [
        {
          content: {
            case: "table",
            value: { headers: ["Step", "State"], rows: [{ cells: ["test", "ok"] }] },
          },
        },
      ],
      buttons: [
        { label: "Open", action: { kind: RichButtonAction_Kind.OPEN_URL, url: "https://example.com" } },
      ],
    };
    await senderOf(simulator).send(commandTo(chatId(simulator), { text: "Done", richContent }), context);
    const [posted] = simulator.visiblePosts();
    expect(posted?.text).toBe("Done");
    expect(posted?.blocks).toMatchObject([
      { type: "section" },
      { type: "header" },
      { type: "context" },
      { type: "section" },
      { type: "actions" },
    ]);
  });
});

describe("a long answer", () => {
  it("comes in parts that are edited and deleted together", async () => {
    await using simulator = await startSlackSimulator();
    const general = chatId(simulator);
    const sender = senderOf(simulator);
    const { externalIds } = await sender.send(commandTo(general, { text: longText(3) }), context);
    expect(texts(simulator).map((text) => text[0])).toEqual(["0", "1", "2"]);

    const [target = ""] = externalIds;
    const edit = (text: string, ids: readonly string[]) =>
      sender.edit(commandTo(general, { text }), target, callUnderTest({ targetExternalIds: ids }));
    const shorter = await edit("short", externalIds);
    expect(texts(simulator)).toEqual(["short"]);
    const longer = await edit(longText(2), shorter.externalIds);
    expect(texts(simulator).map((text) => text[0])).toEqual(["0", "1"]);
    await sender.remove(commandTo(general), target, callUnderTest({ targetExternalIds: longer.externalIds }));
    expect(texts(simulator)).toEqual([]);
  });

  it("that stops half way continues where it stopped", async () => {
    await using simulator = await startSlackSimulator();
    const general = chatId(simulator);
    const sender = senderOf(simulator);
    const command = commandTo(general, { text: longText(3) });
    const limit = simulator
      .waitForMessage(({ text }) => text.startsWith("0"))
      .then(() =>
        simulator.faults.set("rate_limited", {
          methods: ["chat.postMessage"],
          times: 1,
          retryAfterSeconds: 2,
        }),
      );
    const failure = await failureOf(sender.send(command, context));
    await limit;
    expect(failure).toMatchObject({ kind: "throttled", retry: { afterMs: 2_000 } });
    expect(failure.sent.externalIds).toHaveLength(1);
    await sender.send(command, callUnderTest({ attempt: 2, alreadySent: failure.sent.externalIds }));
    expect(texts(simulator).map((text) => text[0])).toEqual(["0", "1", "2"]);
  });
});

describe("files", () => {
  it("are shown after the text, in the thread, with the stored bytes", async () => {
    await using simulator = await startSlackSimulator();
    const said = await simulator.say({ channel: "general", user: "Ada", text: "hi" });
    const command = commandTo(said.channel, {
      attachments: [file],
      attributes: { slack_thread_ts: said.ts },
    });
    const openAttachment = () => Promise.resolve(kept("the report"));
    await senderOf(simulator).send(command, callUnderTest({ openAttachment }));
    const [text, share] = simulator.visiblePosts();
    expect(text).toMatchObject({ text: "hello", threadTs: said.ts });
    expect(share).toMatchObject({ threadTs: said.ts, files: [{ title: "report.txt", size: 10 }] });
  });

  it("of unknown fate are searched, and not shared twice", async () => {
    await using simulator = await startSlackSimulator();
    const general = chatId(simulator);
    const sender = senderOf(simulator);
    const command = commandTo(general, { attachments: [file] });
    const openAttachment = () => Promise.resolve(kept("the report"));
    const startedAt = new Date();
    simulator.faults.set("drop_response", { methods: ["files.completeUploadExternal"], times: 1 });
    const failure = await failureOf(sender.send(command, callUnderTest({ openAttachment })));
    expect(failure.kind).toBe("unknown");
    const found = await sender.reconcile(command, { startedAt, claimedExternalIds: new Set() }, context);
    const ids = simulator.visiblePosts().map(({ channel, ts }) => `${channel}:${ts}`);
    expect(ids).toHaveLength(2);
    expect(found).toEqual({ kind: "found", sent: { externalIds: [ids[0], `${ids[1]}#file`] } });
  });
});

describe("a post of unknown fate", () => {
  it("is found by its stamp, in a channel and in a thread", async () => {
    await using simulator = await startSlackSimulator();
    const said = await simulator.say({ channel: "general", user: "Ada", text: "hi" });
    const sender = senderOf(simulator);
    for (const attributes of [{}, { slack_thread_ts: said.ts }]) {
      const command = commandTo(said.channel, { attributes });
      await sender.send(commandTo(said.channel, { attributes }), context);
      const startedAt = new Date();
      simulator.faults.set("drop_response", { methods: ["chat.postMessage"], times: 1 });
      expect(await failureOf(sender.send(command, context))).toMatchObject({
        kind: "unknown",
        reason: "network",
      });
      const found = await sender.reconcile(command, { startedAt, claimedExternalIds: new Set() }, context);
      const last = simulator.visiblePosts().at(-1);
      expect(found).toEqual({ kind: "found", sent: { externalIds: [`${last?.channel}:${last?.ts}`] } });
    }
  });

  it("is partial when only the first parts exist", async () => {
    await using simulator = await startSlackSimulator();
    const general = chatId(simulator);
    const sender = senderOf(simulator);
    const command = commandTo(general, { text: longText(2) });
    await sender.send(command, context);
    const [first, second] = simulator.visiblePosts();
    await simulator.remove(general, second?.ts ?? "");
    const attempt = { startedAt: new Date(Date.now() - 60_000), claimedExternalIds: new Set<string>() };
    expect(await sender.reconcile(command, attempt, context)).toEqual({
      kind: "partial",
      sent: { externalIds: [`${general}:${first?.ts}`] },
    });
  });

  it("counts as absent only after a while", async () => {
    await using simulator = await startSlackSimulator();
    const sender = senderOf(simulator);
    const command = commandTo(chatId(simulator));
    const ask = (ageMs: number) =>
      sender.reconcile(
        command,
        { startedAt: new Date(Date.now() - ageMs), claimedExternalIds: new Set() },
        context,
      );
    expect(await ask(0)).toMatchObject({ kind: "later" });
    expect(await ask(60_000)).toEqual({ kind: "absent" });
  });
});

describe("Slack in trouble", () => {
  it("is distinguished by the state of the message", async () => {
    await using simulator = await startSlackSimulator();
    const sender = senderOf(simulator);
    const send = () => failureOf(sender.send(commandTo(chatId(simulator)), context));
    const methods = ["chat.postMessage"];
    simulator.faults.set("rate_limited", { methods, times: 1, retryAfterSeconds: 3 });
    expect(await send()).toMatchObject({ kind: "throttled", retry: { afterMs: 3_000 } });
    simulator.faults.set("ok_false", { methods, times: 1, error: "ratelimited" });
    expect(await send()).toMatchObject({ kind: "throttled", reason: "throttled" });
    simulator.faults.set("ok_false", { methods, times: 1 });
    expect(await send()).toMatchObject({ kind: "unknown", reason: "platform_down" });
    simulator.faults.set("ok_false", { methods, times: 1, error: "msg_too_long" });
    expect(await send()).toMatchObject({ kind: "permanent", reason: "too_long" });
    simulator.faults.set("server_error", { methods, times: 1, status: 502 });
    expect(await send()).toMatchObject({ kind: "unknown", reason: "platform_down" });
    expect(simulator.visiblePosts()).toEqual([]);
    simulator.faults.set("refuse_connections");
    await simulator.faults.settled();
    expect(await send()).toMatchObject({ kind: "transient", reason: "network" });
  });

  it("rejects what no retry can help", async () => {
    await using simulator = await startSlackSimulator();
    const sender = senderOf(simulator);
    expect(await failureOf(sender.send(commandTo("C0NOWHERE"), context))).toMatchObject({
      reason: "not_found",
    });
    simulator.setChannel("general", { isArchived: true });
    const archived = await failureOf(sender.send(commandTo(chatId(simulator)), context));
    expect(archived).toMatchObject({ kind: "permanent", reason: "forbidden" });
  });
});

describe("a bot token", () => {
  it("that rotates is renewed once for many messages, and no message is lost", async () => {
    await using simulator = await startSlackSimulator();
    const secrets = { bot_token: simulator.botToken, refresh_token: simulator.refreshToken };
    const vault = createLocalVault({ secrets, expiresAt: new Date(Date.now() + 3_600_000) });
    const sender = senderOf(simulator, accountUnderTest({ vault }));
    await sender.send(commandTo(chatId(simulator)), context);
    simulator.expireTokens();
    const general = chatId(simulator);
    await Promise.all(Array.from({ length: 20 }, () => sender.send(commandTo(general), context)));
    expect(simulator.visiblePosts()).toHaveLength(21);
    expect(simulator.counters()["oauth.v2.access"]).toBe(1);
  });

  it.each(["expired_token", "token_race"] as const)("that rotates loses no message (%s)", async (fault) => {
    await using simulator = await startSlackSimulator();
    const secrets = { bot_token: simulator.botToken, refresh_token: simulator.refreshToken };
    const vault = createLocalVault({ secrets, expiresAt: undefined });
    const sender = senderOf(simulator, accountUnderTest({ vault }));
    simulator.faults.set(fault, { times: 1 });
    simulator.expireTokens();
    const general = chatId(simulator);
    const commands = Array.from({ length: 10 }, (_, at) => commandTo(general, { text: String(at) }));
    await Promise.all(commands.map((command) => sender.send(command, callUnderTest())));
    expect(simulator.visiblePosts()).toHaveLength(10);
    expect(simulator.counters()["oauth.v2.access"]).toBe(1);
  });

  it("that is no longer accepted is reported", async () => {
    await using simulator = await startSlackSimulator();
    const reports: CredentialHealth[] = [];
    const account = accountOf(simulator);
    const vault = {
      ...account.vault,
      report: (health: CredentialHealth) => {
        reports.push(health);
        return Promise.resolve();
      },
    };
    const sender = senderOf(simulator, { ...account, vault });
    simulator.faults.set("invalid_auth");
    const failure = await failureOf(sender.send(commandTo(chatId(simulator)), context));
    expect(failure).toMatchObject({ kind: "permanent" });
    expect(reports[0]).toMatchObject({ state: "reauth_required" });
  });

  it("is each workspace's own", async () => {
    await using simulator = await startSlackSimulator();
    const other = simulator.addWorkspace("other");
    await senderOf(simulator, accountOf(other)).send(commandTo(chatId(other), { text: "there" }), context);
    expect(other.visiblePosts().map(({ text }) => text)).toEqual(["there"]);
    expect(simulator.visiblePosts()).toEqual([]);
  });
});

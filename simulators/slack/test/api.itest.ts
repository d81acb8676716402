import { describe, expect, it } from "vitest";
import { type SlackSimulator, startSlackSimulator } from "../src/index.ts";
import { callSlack, type Json, postSlack } from "./helpers.ts";

const channelId = (sim: SlackSimulator, name = "general"): string =>
  sim.chats().find((chat) => chat.name === name)?.id ?? "";
const post = (sim: SlackSimulator, args: Json): Promise<Json> =>
  callSlack(sim, "chat.postMessage", { channel: channelId(sim), text: "x", ...args });
const section = (text: string): Json => ({ type: "section", text: { type: "mrkdwn", text } });

describe("calls", () => {
  it("accept forms and JSON, and the token in the header or the form", async () => {
    await using sim = await startSlackSimulator();
    const channel = channelId(sim);
    const json = await fetch(`${sim.apiBaseUrl}chat.postMessage`, {
      method: "POST",
      headers: { authorization: `Bearer ${sim.botToken}`, "content-type": "application/json; charset=utf-8" },
      body: JSON.stringify({ channel, text: "json", blocks: [section("json")] }),
    });
    expect(await json.json()).toMatchObject({ ok: true });
    const form = await fetch(`${sim.apiBaseUrl}chat.postMessage`, {
      method: "POST",
      body: new URLSearchParams({ token: sim.botToken, channel, text: "form" }),
    });
    expect(await form.json()).toMatchObject({ ok: true, channel, message: { text: "form" } });
    expect(sim.visiblePosts().map(({ text }) => text)).toEqual(["json", "form"]);
    expect(sim.counters()).toEqual({ "chat.postMessage": 2 });
  });

  it.each([
    ["chat.postMessage", "", "not_authed"],
    ["chat.postMessage", "xoxb-nobody", "invalid_auth"],
    ["chat.dance", undefined, "unknown_method"],
  ])("reject %s with the token %j: %s", async (method, token, error) => {
    await using sim = await startSlackSimulator();
    const answer = await postSlack(sim, method, {}, token);
    expect([answer.status, await answer.json()]).toMatchObject([200, { ok: false, error }]);
  });

  it("reject the wrong kind of token", async () => {
    await using sim = await startSlackSimulator();
    expect(await callSlack(sim, "auth.test", {}, sim.appToken)).toMatchObject({
      error: "not_allowed_token_type",
    });
    expect(await callSlack(sim, "apps.connections.open")).toMatchObject({ error: "not_allowed_token_type" });
  });

  it("reject a token without the scope, and name the scope", async () => {
    await using sim = await startSlackSimulator({ scopes: ["chat:write"] });
    const [user] = sim.users();
    expect(await callSlack(sim, "users.info", { user: user?.id ?? "" })).toMatchObject({
      ...{ ok: false, error: "missing_scope", needed: "users:read", provided: "chat:write" },
    });
    const answer = await postSlack(sim, "auth.test", {});
    expect(answer.headers.get("x-oauth-scopes")).toBe("chat:write");
    expect(await post(sim, {})).toMatchObject({ ok: true });
  });

  it("return the owner of the token", async () => {
    await using sim = await startSlackSimulator();
    const other = sim.addWorkspace("Other");
    expect(await callSlack(sim, "auth.test", {}, other.botToken)).toMatchObject({
      team_id: other.team.id,
      user_id: other.bot.userId,
      bot_id: other.bot.botId,
    });
    expect(other.bot.appId).not.toBe(sim.bot.appId);
  });
});

describe("posting", () => {
  it.each([
    [{ channel: "C404" }, "channel_not_found"],
    [{ channel: "" }, "invalid_arguments"],
    [{ text: " " }, "no_text"],
    [{ text: "x".repeat(40_001) }, "msg_too_long"],
    [{ blocks: "[" }, "invalid_blocks_format"],
    [{ blocks: [section("x".repeat(3_001))] }, "invalid_blocks"],
    [{ blocks: [section("")] }, "invalid_blocks"],
    [{ blocks: [{ type: "section" }] }, "invalid_blocks"],
    [{ blocks: [{ type: "confetti" }] }, "invalid_blocks"],
    [{ blocks: Array.from({ length: 51 }, () => ({ type: "divider" })) }, "invalid_blocks"],
    [{ blocks: [{ type: "header", text: { type: "plain_text", text: "x".repeat(151) } }] }, "invalid_blocks"],
    [{ blocks: [{ type: "actions", elements: [] }] }, "invalid_blocks"],
    [{ metadata: { event_type: "x" } }, "invalid_metadata_format"],
    [{ metadata: { event_type: "x", event_payload: { a: "x".repeat(16_000) } } }, "metadata_too_large"],
  ])("rejects %j", async (args, error) => {
    await using sim = await startSlackSimulator();
    expect(await post(sim, args)).toMatchObject({ ok: false, error });
    expect(sim.visiblePosts()).toEqual([]);
  });

  it("rejects posts to channels without the bot and to archived channels", async () => {
    await using sim = await startSlackSimulator({ channels: ["general", "old"] });
    sim.setChannel("general", { hasBot: false });
    sim.setChannel("leads", { hasBot: false });
    sim.setChannel("old", { isArchived: true });
    const error = async (name: string) => (await post(sim, { channel: channelId(sim, name) }))["error"];
    expect([await error("general"), await error("leads"), await error("old")]).toEqual([
      "not_in_channel",
      "channel_not_found",
      "is_archived",
    ]);
  });

  it("posts in threads, and to the channel when the thread is unknown", async () => {
    await using sim = await startSlackSimulator();
    const root = await sim.say({ channel: "general", user: "Alice", text: "root" });
    const reply = await post(sim, { thread_ts: root.ts, reply_broadcast: true });
    const orphan = await post(sim, { thread_ts: "1234567890.000100" });
    expect(reply).toMatchObject({ message: { thread_ts: root.ts, subtype: "thread_broadcast" } });
    expect(orphan["message"]).not.toHaveProperty("thread_ts");
  });

  it("posts to a user's direct message", async () => {
    await using sim = await startSlackSimulator();
    const bob = sim.users().find(({ name }) => name.startsWith("Bob"))?.id ?? "";
    const sent = await post(sim, { channel: bob });
    expect(sim.chats().find(({ id }) => id === sent["channel"])).toMatchObject({
      kind: "im",
      memberIds: [bob],
    });
    const opened = await callSlack(sim, "conversations.open", { users: bob });
    expect(opened).toMatchObject({ channel: { id: sent["channel"] } });
  });

  it("shows an ephemeral message to one person only, and not to later calls", async () => {
    await using sim = await startSlackSimulator();
    const alice = sim.users()[0]?.id ?? "";
    const args = { channel: channelId(sim), text: "psst" };
    const sent = await callSlack(sim, "chat.postEphemeral", { ...args, user: alice });
    expect(sent).toMatchObject({ ok: true, message_ts: expect.any(String) });
    expect(await callSlack(sim, "conversations.history", args)).toMatchObject({ messages: [] });
    const { message_ts: ts } = sent;
    expect(await callSlack(sim, "chat.update", { ...args, ts })).toMatchObject({
      error: "cant_update_message",
    });
    expect(await callSlack(sim, "chat.postEphemeral", { ...args, user: "U404" })).toMatchObject({
      error: "user_not_in_channel",
    });
  });
});

describe("changing", () => {
  it("edits and deletes the bot's own messages only", async () => {
    await using sim = await startSlackSimulator();
    const channel = channelId(sim);
    const { ts } = await post(sim, {
      blocks: [section("old")],
      metadata: { event_type: "a", event_payload: {} },
    });
    const edited = await callSlack(sim, "chat.update", { channel, ts, text: "new" });
    expect(edited).toMatchObject({
      ok: true,
      ts,
      text: "new",
      message: { edited: {}, metadata: { event_type: "a" } },
    });
    expect(edited["message"], "text takes the place of blocks").not.toHaveProperty("blocks");
    expect(sim.visiblePosts()[0]?.revisions.map(({ text }) => text)).toEqual(["x", "new"]);
    const said = await sim.say({ channel: "general", user: "Alice", text: "mine" });
    const error = async (method: string, args: Json) =>
      (await callSlack(sim, method, { channel, text: "z", ...args }))["error"];
    expect(await error("chat.update", { ts: said.ts })).toBe("cant_update_message");
    expect(await error("chat.delete", { ts: said.ts })).toBe("cant_delete_message");
    expect(await error("chat.update", { ts, text: "x".repeat(4_001) })).toBe("msg_too_long");
    expect(await error("chat.delete", { ts })).toBeUndefined();
    expect(await error("chat.delete", { ts })).toBe("message_not_found");
    expect(await error("chat.update", { ts })).toBe("message_not_found");
    expect(sim.visiblePosts()).toEqual([]);
  });

  it("adds and removes a reaction once", async () => {
    await using sim = await startSlackSimulator();
    const said = await sim.say({ channel: "general", user: "Alice", text: "x" });
    const react = async (method: string, args: Json = {}) =>
      await callSlack(sim, method, { channel: said.channel, timestamp: said.ts, name: "eyes", ...args });
    expect(await react("reactions.add")).toEqual({ ok: true });
    expect(await react("reactions.add")).toMatchObject({ error: "already_reacted" });
    expect(sim.messages("general")[0]?.reactions).toEqual([{ name: "eyes", userIds: [sim.bot.userId] }]);
    expect(await react("reactions.remove")).toEqual({ ok: true });
    expect(await react("reactions.remove")).toMatchObject({ error: "no_reaction" });
    expect(await react("reactions.add", { name: "not an emoji" })).toMatchObject({ error: "invalid_name" });
    expect(await react("reactions.add", { timestamp: "1.000000" })).toMatchObject({
      error: "message_not_found",
    });
    expect(await react("reactions.add", { timestamp: "" })).toMatchObject({ error: "no_item_specified" });
  });
});

describe("history", () => {
  it("lists newest first, in pages, without replies", async () => {
    await using sim = await startSlackSimulator();
    const channel = channelId(sim);
    const said = [];
    for (const text of ["a", "b", "c"]) said.push(await sim.say({ channel, user: "Alice", text }));
    const root = said[0]?.ts ?? "";
    await sim.say({ channel, user: "Bob", text: "reply", threadTs: root });
    const first = await callSlack(sim, "conversations.history", { channel, limit: 2 });
    expect(first).toMatchObject({ messages: [{ text: "c" }, { text: "b" }], has_more: true });
    const { next_cursor: cursor } = { ...(first["response_metadata"] as Json) };
    const second = await callSlack(sim, "conversations.history", { channel, limit: 2, cursor });
    expect(second).toMatchObject({
      messages: [{ text: "a", reply_count: 1, thread_ts: root }],
      has_more: false,
      response_metadata: { next_cursor: "" },
    });
    expect(await callSlack(sim, "conversations.history", { channel, cursor: "x" })).toMatchObject({
      error: "invalid_cursor",
    });
  });

  it("excludes its borders by default", async () => {
    await using sim = await startSlackSimulator();
    const channel = channelId(sim);
    const said = [];
    for (const text of ["a", "b", "c"]) said.push(await sim.say({ channel, user: "Alice", text }));
    const range = { channel, oldest: said[0]?.ts, latest: said[2]?.ts };
    const texts = async (args: Json) => {
      const { messages } = await callSlack(sim, "conversations.history", { ...range, ...args });
      return Array.isArray(messages) ? messages.map(({ text }) => text) : messages;
    };
    expect(await texts({})).toEqual(["b"]);
    expect(await texts({ inclusive: true })).toEqual(["c", "b", "a"]);
  });

  it("returns metadata on request, and threads from their root", async () => {
    await using sim = await startSlackSimulator();
    const root = await sim.say({ channel: "general", user: "Alice", text: "root" });
    const metadata = { event_type: "mio_send", event_payload: { send_id: "1", part: 1 } };
    await post(sim, { thread_ts: root.ts, text: "reply", metadata });
    const args = { channel: root.channel, ts: root.ts };
    const plain = await callSlack(sim, "conversations.replies", args);
    expect(plain).toMatchObject({ messages: [{ text: "root" }, { text: "reply" }] });
    expect(JSON.stringify(plain)).not.toContain("mio_send");
    const whole = await callSlack(sim, "conversations.replies", { ...args, include_all_metadata: true });
    expect(whole).toMatchObject({ messages: [{}, { metadata }] });
    expect(await callSlack(sim, "conversations.replies", { ...args, ts: "1.000000" })).toMatchObject({
      error: "thread_not_found",
    });
  });

  it("shows conversations and people", async () => {
    await using sim = await startSlackSimulator();
    const channel = channelId(sim);
    expect(await callSlack(sim, "conversations.info", { channel })).toMatchObject({
      channel: { name: "general", is_channel: true, is_private: false, is_member: true },
    });
    const alice = sim.users()[0]?.id;
    expect(await callSlack(sim, "users.info", { user: alice })).toMatchObject({
      user: { real_name: "Alice Nguyen", is_bot: false },
    });
    expect(await callSlack(sim, "users.info", { user: sim.bot.userId })).toMatchObject({
      user: { is_bot: true },
    });
    expect(await callSlack(sim, "conversations.members", { channel })).toMatchObject({
      members: expect.arrayContaining([alice, sim.bot.userId]),
    });
  });
});

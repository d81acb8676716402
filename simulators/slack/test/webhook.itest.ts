import { startReceiver } from "@mio/simulator-kit/testing";
import { describe, expect, it } from "vitest";
import { signSlackRequest, startSlackSimulator } from "../src/index.ts";
import { callSlack, type Json } from "./helpers.ts";

const parse = (body: string | undefined): Json => JSON.parse(body ?? "{}");
const eventOf = (body: string | undefined): Json => ({ ...(parse(body)["event"] as Json) });

describe("events by webhook", () => {
  it("have Slack's envelope and its signature", async () => {
    await using hook = await startReceiver();
    await using sim = await startSlackSimulator({ eventsUrl: hook.url, signingSecret: "s3cret" });
    const said = await sim.say({ channel: "general", user: "Alice", text: "naïve ☕" });
    const [request] = hook.received;
    const timestamp = Number(request?.headers["x-slack-request-timestamp"]);
    expect(Math.abs(timestamp - Date.now() / 1_000)).toBeLessThan(60);
    expect(request?.headers["x-slack-signature"]).toBe(
      signSlackRequest(request?.body ?? "", "s3cret", timestamp),
    );
    expect(request?.headers["x-slack-retry-num"]).toBeUndefined();
    expect(parse(request?.body)).toMatchObject({
      type: "event_callback",
      token: expect.any(String),
      team_id: sim.team.id,
      api_app_id: sim.bot.appId,
      event_id: expect.stringMatching(/^Ev/),
      event_time: expect.any(Number),
      event_context: expect.any(String),
      authorizations: [{ team_id: sim.team.id, user_id: sim.bot.userId, is_bot: true }],
    });
    expect(eventOf(request?.body)).toMatchObject({
      type: "message",
      text: "naïve ☕",
      ts: said.ts,
      event_ts: said.ts,
      channel: said.channel,
      channel_type: "channel",
      client_msg_id: expect.any(String),
      team: sim.team.id,
      blocks: [{ type: "rich_text" }],
    });
    expect(said).toMatchObject({ rawBodies: [request?.body], deliveries: [{ status: 200, attempt: 0 }] });
  });

  it("report a mention as two events with the same ts, but not in direct messages", async () => {
    await using hook = await startReceiver();
    await using sim = await startSlackSimulator({ eventsUrl: hook.url });
    const said = await sim.say({ channel: "general", user: "Alice", text: "@mio what's <new> & good?" });
    const text = `<@${sim.bot.userId}> what's &lt;new&gt; &amp; good?`;
    const events = said.rawBodies.map(eventOf);
    expect(events).toMatchObject([
      { type: "message", text, ts: said.ts },
      { type: "app_mention", text, ts: said.ts },
    ]);
    expect(new Set(said.rawBodies.map((body) => parse(body)["event_id"])).size).toBe(2);
    const dm = await sim.sayDm({ user: "Alice", text: `<@${sim.bot.userId}> psst` });
    expect(dm.rawBodies.map((body) => eventOf(body)["type"])).toEqual(["message"]);
  });

  it("name the kind of the conversation", async () => {
    await using hook = await startReceiver();
    await using sim = await startSlackSimulator({ eventsUrl: hook.url });
    const said = [
      await sim.say({ channel: "general", user: "Alice", text: "x" }),
      await sim.say({ channel: "leads", user: "Alice", text: "x" }),
      await sim.sayDm({ user: "Alice", text: "x" }),
      await sim.sayGroup({ user: "Alice", others: ["Bob"], text: "x" }),
    ];
    expect(said.map(({ rawBodies }) => eventOf(rawBodies[0])["channel_type"])).toEqual([
      "channel",
      "group",
      "im",
      "mpim",
    ]);
    const again = await sim.sayGroup({ user: "Bob", others: ["Alice"], text: "y" });
    expect(again.channel, "the same people have one group").toBe(said[3]?.channel);
  });

  it("report threads", async () => {
    await using hook = await startReceiver();
    await using sim = await startSlackSimulator({ eventsUrl: hook.url });
    const root = await sim.say({ channel: "general", user: "Alice", text: "root" });
    const here = { channel: "general", user: "Bob" };
    const reply = await sim.say({ ...here, text: "reply", threadTs: root.ts });
    const broadcast = await sim.say({ ...here, text: "all", threadTs: reply.ts, broadcast: true });
    const alice = sim.users().find(({ name }) => name.startsWith("Alice"))?.id;
    expect(eventOf(reply.rawBodies[0])).toMatchObject({ thread_ts: root.ts, parent_user_id: alice });
    expect(eventOf(reply.rawBodies[0])).not.toHaveProperty("subtype");
    expect(eventOf(broadcast.rawBodies[0])).toMatchObject({
      subtype: "thread_broadcast",
      thread_ts: root.ts,
      root: { ts: root.ts, reply_count: 2 },
    });
  });

  it("report edits, previews and deletions", async () => {
    await using hook = await startReceiver();
    await using sim = await startSlackSimulator({ eventsUrl: hook.url });
    const said = await sim.say({ channel: "general", user: "Alice", text: "one" });
    const edit = await sim.edit("general", said.ts, "two");
    const unfurl = await sim.unfurl("general", said.ts);
    const removal = await sim.remove("general", said.ts);
    expect(eventOf(edit.rawBodies[0])).toMatchObject({
      subtype: "message_changed",
      hidden: true,
      message: { ts: said.ts, text: "two", edited: { ts: expect.any(String) } },
      previous_message: { ts: said.ts, text: "one" },
      ts: expect.not.stringMatching(said.ts),
    });
    expect(eventOf(unfurl.rawBodies[0])).toMatchObject({
      subtype: "message_changed",
      message: { text: "two", attachments: [{ from_url: expect.any(String) }] },
      previous_message: { text: "two" },
    });
    expect(eventOf(removal.rawBodies[0])).toMatchObject({
      subtype: "message_deleted",
      deleted_ts: said.ts,
      previous_message: { text: "two" },
    });
  });

  it("report a tombstone for the deleted root of a thread", async () => {
    await using hook = await startReceiver();
    await using sim = await startSlackSimulator({ eventsUrl: hook.url });
    const root = await sim.say({ channel: "general", user: "Alice", text: "root" });
    await sim.say({ channel: "general", user: "Bob", text: "reply", threadTs: root.ts });
    const { rawBodies } = await sim.remove("general", root.ts);
    expect(eventOf(rawBodies[0])).toMatchObject({
      subtype: "message_changed",
      message: { subtype: "tombstone", ts: root.ts, reply_count: 1 },
    });
  });

  it("report reactions, with a time and without a ts", async () => {
    await using hook = await startReceiver();
    await using sim = await startSlackSimulator({ eventsUrl: hook.url });
    const said = await sim.say({ channel: "general", user: "Alice", text: "x" });
    const reaction = { channel: "general", ts: said.ts, user: "Bob", emoji: ":tada:" };
    const added = eventOf((await sim.react(reaction)).rawBodies[0]);
    const removed = eventOf((await sim.unreact(reaction)).rawBodies[0]);
    const common = { reaction: "tada", item: { type: "message", channel: said.channel, ts: said.ts } };
    expect(added).toMatchObject({ type: "reaction_added", event_ts: expect.any(String), ...common });
    expect(removed).toMatchObject({ type: "reaction_removed", ...common });
    expect(added).not.toHaveProperty("ts");
    expect(added["event_ts"]).not.toBe(removed["event_ts"]);
    await expect(sim.unreact(reaction)).rejects.toMatchObject({ code: "simulator.bad_request" });
  });

  it("report files, joins and other bots", async () => {
    await using hook = await startReceiver();
    await using sim = await startSlackSimulator({ eventsUrl: hook.url });
    const bytes = new TextEncoder().encode("hello");
    const upload = { channel: "general", user: "Alice", name: "a b.txt", mime: "text/plain", bytes };
    const shared = eventOf((await sim.postFile({ ...upload, comment: "see" })).rawBodies[0]);
    expect(shared).toMatchObject({
      subtype: "file_share",
      text: "see",
      files: [{ name: "a b.txt", mimetype: "text/plain", size: 5, mode: "hosted" }],
    });
    const joined = (await sim.join("general", "Dora")).rawBodies.map(eventOf);
    expect(joined).toMatchObject([{ type: "member_joined_channel" }, { subtype: "channel_join" }]);
    const other = eventOf((await sim.otherBotSays("general", "deployed")).rawBodies[0]);
    expect(other).toMatchObject({ bot_id: expect.any(String), bot_profile: { name: "Deployer" } });
    expect(other["app_id"]).not.toBe(sim.bot.appId);
  });

  it("report the app's own posts with its bot id", async () => {
    await using hook = await startReceiver();
    await using sim = await startSlackSimulator({ eventsUrl: hook.url });
    const posted = await callSlack(sim, "chat.postMessage", { channel: "#general", text: "42" });
    await sim.waitFor((event) => event.type === "event.delivered");
    expect(eventOf(hook.received[0]?.body)).toMatchObject({
      ts: posted["ts"],
      user: sim.bot.userId,
      bot_id: sim.bot.botId,
      app_id: sim.bot.appId,
      bot_profile: { app_id: sim.bot.appId },
    });
  });

  it("are not sent for conversations without the bot", async () => {
    await using hook = await startReceiver();
    await using sim = await startSlackSimulator({ eventsUrl: hook.url });
    sim.setChannel("general", { hasBot: false });
    const said = await sim.say({ channel: "general", user: "Alice", text: "@mio psst" });
    expect(said).toMatchObject({ rawBodies: [], deliveries: [] });
    expect(hook.received).toEqual([]);
  });
});

describe("retries", () => {
  it("follow three times, with number and reason", async () => {
    await using hook = await startReceiver(() => 500);
    await using sim = await startSlackSimulator({ eventsUrl: hook.url, retryDelaysMs: [1, 1, 1] });
    await sim.say({ channel: "general", user: "Alice", text: "x" });
    await sim.waitFor((event) => event.type === "event.delivered" && event.delivery.attempt === 3);
    expect(hook.received.map(({ headers }) => headers["x-slack-retry-num"])).toEqual([
      undefined,
      "1",
      "2",
      "3",
    ]);
    expect(hook.received[1]?.headers["x-slack-retry-reason"]).toBe("http_error");
    expect(new Set(hook.received.map(({ body }) => body)).size).toBe(1);
  });

  it("end with the first success", async () => {
    let asked = 0;
    await using hook = await startReceiver(() => (asked++ === 0 ? 503 : 200));
    await using sim = await startSlackSimulator({ eventsUrl: hook.url, retryDelaysMs: [1, 1, 1] });
    await sim.say({ channel: "general", user: "Alice", text: "x" });
    await sim.waitFor((event) => event.type === "event.delivered" && event.delivery.attempt === 1);
    await sim.say({ channel: "general", user: "Alice", text: "y" });
    expect(sim.deliveries().map(({ attempt }) => attempt)).toEqual([0, 1, 0]);
  });

  it("name a timeout and a failed connection as the reason", async () => {
    await using slow = await startReceiver(() => new Promise(() => undefined));
    await using sim = await startSlackSimulator({
      eventsUrl: slow.url,
      eventTimeoutMs: 1_000,
      retryDelaysMs: [],
    });
    const late = await sim.say({ channel: "general", user: "Alice", text: "x" });
    expect(late.deliveries).toMatchObject([{ status: 0, error: "http_timeout" }]);
    sim.setEvents({ url: "http://127.0.0.1:9/" });
    const lost = await sim.say({ channel: "general", user: "Alice", text: "x" });
    expect(lost.deliveries).toMatchObject([{ status: 0, error: "connection_failed" }]);
  });

  it("stop when the app sends X-Slack-No-Retry", async () => {
    await using hook = await startReceiver(() => ({ status: 400, headers: { "x-slack-no-retry": "1" } }));
    await using sim = await startSlackSimulator({ eventsUrl: hook.url, retryDelaysMs: [1, 1, 1] });
    await sim.say({ channel: "general", user: "Alice", text: "x" });
    sim.setEvents({ url: undefined });
    await sim[Symbol.asyncDispose]();
    expect(hook.received).toHaveLength(1);
  });
});

describe("event faults", () => {
  it("sends an event again with a new event_id", async () => {
    await using hook = await startReceiver();
    await using sim = await startSlackSimulator({ eventsUrl: hook.url });
    sim.faults.set("duplicate_event", { times: 1 });
    const said = await sim.say({ channel: "general", user: "Alice", text: "x" });
    const [first, second] = hook.received.map(({ body }) => parse(body));
    expect(said.deliveries.map(({ kind }) => kind)).toEqual(["original", "duplicate"]);
    expect(first?.["event_id"]).not.toBe(second?.["event_id"]);
    expect(first?.["event"]).toEqual(second?.["event"]);
    expect(hook.received[1]?.headers).not.toHaveProperty("x-slack-retry-num");
  });

  it("sends an event after the next one", async () => {
    await using hook = await startReceiver();
    await using sim = await startSlackSimulator({ eventsUrl: hook.url });
    sim.faults.set("reorder", { times: 1 });
    const first = sim.say({ channel: "general", user: "Alice", text: "first" });
    await sim.say({ channel: "general", user: "Alice", text: "second" });
    await first;
    expect(hook.received.map(({ body }) => eventOf(body)["text"])).toEqual(["second", "first"]);
  });

  it("sends a delayed event after `ms` when no other follows", async () => {
    await using hook = await startReceiver();
    await using sim = await startSlackSimulator({ eventsUrl: hook.url });
    sim.faults.set("reorder", { times: 1, ms: 1 });
    expect((await sim.say({ channel: "general", user: "Alice", text: "x" })).deliveries).toHaveLength(1);
  });

  it("drops an event until its retry", async () => {
    await using hook = await startReceiver();
    await using sim = await startSlackSimulator({ eventsUrl: hook.url, retryDelaysMs: [1] });
    sim.faults.set("lost_event", { times: 1 });
    await sim.say({ channel: "general", user: "Alice", text: "x" });
    await sim.waitFor((event) => event.type === "event.delivered" && event.delivery.attempt === 1);
    expect(hook.received.map(({ headers }) => headers["x-slack-retry-num"])).toEqual(["1"]);
  });

  it("forges, backdates, duplicates and redelivers events on request", async () => {
    await using hook = await startReceiver();
    await using sim = await startSlackSimulator({ eventsUrl: hook.url });
    const here = { channel: "general", user: "Alice", text: "x" };
    const forged = await sim.say({ ...here, delivery: { forgedSignature: true } });
    const [request] = hook.received;
    const honest = signSlackRequest(
      request?.body ?? "",
      sim.signingSecret,
      Number(request?.headers["x-slack-request-timestamp"]),
    );
    expect(forged.deliveries).toMatchObject([{ kind: "forged" }]);
    expect(request?.headers["x-slack-signature"]).not.toBe(honest);
    await sim.say({ ...here, delivery: { staleSeconds: 600 } });
    const stale = Number(hook.received[1]?.headers["x-slack-request-timestamp"]);
    expect(Date.now() / 1_000 - stale).toBeGreaterThan(590);
    const said = await sim.say({ ...here, delivery: { duplicate: 2 } });
    expect(said.deliveries).toHaveLength(3);
    const before = hook.received.length;
    expect(await sim.redeliver(said.ts)).toMatchObject([{ kind: "redelivered", ts: said.ts }]);
    await sim.redeliver(String(parse(said.rawBodies[0])["event_id"]));
    expect(hook.received.slice(before).map(({ body }) => body)).toEqual([
      said.rawBodies[0],
      said.rawBodies[0],
    ]);
    await expect(sim.redeliver("Ev404")).rejects.toMatchObject({ code: "simulator.unknown_target" });
  });
});

describe("the events URL", () => {
  it("is verified by a challenge", async () => {
    await using hook = await startReceiver();
    await using sim = await startSlackSimulator({ eventsUrl: hook.url });
    expect(await sim.verifyUrl(), "an empty answer is not the challenge").toBe(false);
    expect(parse(hook.received[0]?.body)).toMatchObject({
      type: "url_verification",
      challenge: expect.any(String),
      token: expect.any(String),
    });
    await using echo = await startReceiver(({ body }) => ({
      status: 200,
      body: JSON.stringify({ challenge: parse(body)["challenge"] }),
    }));
    sim.setEvents({ url: echo.url });
    expect(await sim.verifyUrl()).toBe(true);
  });

  it("receives raw bytes with a valid signature", async () => {
    await using hook = await startReceiver();
    await using sim = await startSlackSimulator({ eventsUrl: hook.url });
    expect(await sim.deliver("{not json")).toMatchObject([{ status: 200, kind: "raw" }]);
    expect(hook.received[0]?.body).toBe("{not json");
  });
});

import { describe, expect, it } from "vitest";
import { type SlackSimulator, startSlackSimulator } from "../src/index.ts";
import { callSlack, type Json } from "./helpers.ts";

/** A thread in a channel, and the arguments to stream into it. */
async function threadIn(sim: SlackSimulator) {
  const { channel, ts } = await sim.say({ channel: "general", user: "Alice", text: "tell me" });
  const [alice] = sim.users();
  const recipient = { recipient_user_id: alice?.id ?? "", recipient_team_id: sim.team.id };
  return { channel, thread_ts: ts, ...recipient };
}

async function begun(sim: SlackSimulator, text = "One") {
  const place = await threadIn(sim);
  const { channel, ts } = await callSlack(sim, "chat.startStream", { ...place, markdown_text: text });
  return { channel, ts };
}

const shown = (sim: SlackSimulator) => sim.visiblePosts().map(({ text }) => text);

describe("a stream", () => {
  it("grows until it ends, and keeps the metadata of its end", async () => {
    await using sim = await startSlackSimulator();
    const stream = await begun(sim);
    await callSlack(sim, "chat.appendStream", { ...stream, markdown_text: ", **two**" });
    expect(shown(sim)).toEqual(["One, *two*"]);
    const metadata = { event_type: "x", event_payload: { a: 1 } };
    const end = await callSlack(sim, "chat.stopStream", { ...stream, markdown_text: ", three", metadata });
    expect(end).toMatchObject({
      ok: true,
      message: { text: "One, *two*, three", streaming_state: "completed", metadata },
    });
    expect(sim.visiblePosts()[0]?.editedTs, "growing is no edit").toBeUndefined();
  });

  it("is listed with its state", async () => {
    await using sim = await startSlackSimulator();
    const place = await threadIn(sim);
    await callSlack(sim, "chat.startStream", { ...place, markdown_text: "One" });
    const thread = { channel: place.channel, ts: place.thread_ts };
    const { messages } = await callSlack(sim, "conversations.replies", thread);
    expect(messages).toMatchObject([{}, { text: "One", streaming_state: "in_progress" }]);
  });

  it("is shown as it grows, on the page and in the control API", async () => {
    await using sim = await startSlackSimulator();
    const stream = await begun(sim, "Growing");
    const page = async () => await (await fetch(sim.url)).text();
    expect(await page()).toContain("streaming…");
    const messages = await (await fetch(`${sim.url}/sim/messages?channel=general`)).json();
    expect(messages).toMatchObject({ messages: [{}, { text: "Growing", stream: { isOpen: true } }] });
    await callSlack(sim, "chat.stopStream", stream);
    expect(await page()).not.toContain("streaming…");
  });

  it("cannot be edited or deleted before it ends, and takes no text after", async () => {
    await using sim = await startSlackSimulator();
    const stream = await begun(sim);
    const call = async (method: string, args: Json = {}) =>
      (await callSlack(sim, method, { ...stream, ...args }))["error"];
    expect(await call("chat.update", { text: "x" })).toBe("streaming_state_conflict");
    expect(await call("chat.delete")).toBe("cant_delete_message");
    expect(await call("chat.appendStream", { markdown_text: " " })).toBe("no_text");
    expect(await call("chat.stopStream")).toBeUndefined();
    expect(await call("chat.appendStream", { markdown_text: "x" })).toBe("message_not_in_streaming_state");
    expect(await call("chat.stopStream")).toBe("message_not_in_streaming_state");
    expect(await call("chat.update", { text: "whole" })).toBeUndefined();
    expect(shown(sim)).toEqual(["whole"]);
    expect(await call("chat.delete")).toBeUndefined();
  });

  it("ends after five minutes", async () => {
    let passedMs = 0;
    const start = Date.now();
    const clock = { now: () => new Date(start + passedMs), sleep: () => Promise.resolve() };
    await using sim = await startSlackSimulator({ clock, retryDelaysMs: [] });
    const stream = await begun(sim);
    const append = () => callSlack(sim, "chat.appendStream", { ...stream, markdown_text: "." });
    passedMs = 299_000;
    expect(await append()).toMatchObject({ ok: true });
    passedMs = 300_000;
    expect(await append()).toMatchObject({ error: "message_not_in_streaming_state" });
    expect(await callSlack(sim, "chat.update", { ...stream, text: "whole" })).toMatchObject({ ok: true });
  });

  it.each<[Json, string]>([
    [{ thread_ts: "" }, "invalid_arguments"],
    [{ thread_ts: "1234567890.000100" }, "thread_not_found"],
    [{ recipient_user_id: "" }, "missing_recipient_user_id"],
    [{ recipient_team_id: "" }, "missing_recipient_team_id"],
    [{ recipient_user_id: "U404" }, "user_not_found"],
    [{ recipient_team_id: "T404" }, "team_not_found"],
    [{ markdown_text: "x".repeat(12_001) }, "msg_too_long"],
  ])("does not start with %j", async (args, error) => {
    await using sim = await startSlackSimulator();
    const place = await threadIn(sim);
    expect(await callSlack(sim, "chat.startStream", { ...place, markdown_text: "x", ...args })).toMatchObject(
      { ok: false, error },
    );
    expect(shown(sim)).toEqual([]);
  });

  it("needs no recipient in direct messages", async () => {
    await using sim = await startSlackSimulator();
    const { channel, ts } = await sim.sayDm({ user: "Alice", text: "psst" });
    const args = { channel, thread_ts: ts, markdown_text: "yes?" };
    expect(await callSlack(sim, "chat.startStream", args)).toMatchObject({ ok: true, channel });
  });

  it("does not grow beyond Slack's limit, and rejects other messages", async () => {
    await using sim = await startSlackSimulator();
    const stream = await begun(sim, "x".repeat(11_999));
    const append = (args: Json) => callSlack(sim, "chat.appendStream", { ...stream, ...args });
    expect(await append({ markdown_text: "yy" })).toMatchObject({ error: "msg_too_long" });
    expect(await append({ ts: "1.1", markdown_text: "y" })).toMatchObject({ error: "message_not_found" });
    const said = await sim.say({ channel: "general", user: "Alice", text: "mine" });
    expect(await append({ ts: said.ts, markdown_text: "y" })).toMatchObject({
      error: "message_not_owned_by_app",
    });
  });
});

describe("faults of streams", () => {
  it("reject the start of a stream, but no other call", async () => {
    await using sim = await startSlackSimulator();
    sim.faults.set("stream_not_allowed");
    expect((await begun(sim)).ts).toBeUndefined();
    expect(await callSlack(sim, "chat.postMessage", { channel: "general", text: "x" })).toMatchObject({
      ok: true,
    });
    sim.faults.set("stream_not_allowed", { error: "not_allowed_token_type" });
    expect(await callSlack(sim, "chat.startStream")).toMatchObject({ error: "not_allowed_token_type" });
  });

  it.each([
    ["chat.appendStream", {}, "message_not_in_streaming_state"],
    ["chat.stopStream", { error: "stopped_by_user" }, "stopped_by_user"],
  ])("end a stream before its next piece: %s, %j", async (method, options, error) => {
    await using sim = await startSlackSimulator();
    const stream = await begun(sim);
    sim.faults.set("stream_ended", { times: 1, ...options });
    expect(await callSlack(sim, method, { ...stream, markdown_text: "x" })).toMatchObject({ error });
    expect(shown(sim)).toEqual(["One"]);
    expect(await callSlack(sim, "chat.update", { ...stream, text: "whole" })).toMatchObject({ ok: true });
  });
});

import { systemClock } from "@mio/pacing";
import { startReceiver } from "@mio/simulator-kit/testing";
import { describe, expect, it } from "vitest";
import { startCliqSimulator } from "../src/index.ts";
import { hmac } from "./helpers.ts";

const parse = (body: string | undefined): Record<string, unknown> => JSON.parse(body ?? "null");

describe("the webhook", () => {
  it("gets a channel message as the participation handler forwards it", async () => {
    await using hook = await startReceiver();
    await using sim = await startCliqSimulator({ webhookUrl: hook.url });

    const said = await sim.say({ chat: "general", user: "Alice", text: "@mio good morning" });

    expect(said.deliveries).toMatchObject([{ status: 200, kind: "original", operation: "message_sent" }]);
    expect(hook.received.map(({ body }) => body)).toEqual([said.rawBody]);
    expect(said.messageId).toMatch(/^\d{13}%20\d{12}$/);
    const text = `{@${sim.bot.id}} good morning`;
    const mention = { id: sim.bot.id, name: "Mio", dname: "@Mio", type: "bot" };
    expect(parse(said.rawBody)).toEqual({
      operation: "message_sent",
      data: {
        time: expect.any(Number),
        message: { id: said.messageId, text, type: "text", content: { text }, mentions: [mention] },
      },
      user: {
        id: expect.any(String),
        zoho_user_id: expect.any(String),
        organization_id: sim.organizationId,
        first_name: "Alice",
        last_name: "Nguyen",
        email: "alice.nguyen@example.com",
        country: "us",
        language: "en",
        timezone: "America/Los_Angeles",
        admin: false,
      },
      chat: {
        id: expect.stringMatching(/^CT_/),
        title: "#General",
        type: "channel",
        chat_type: "channel",
        channel_unique_name: "general",
        channel_id: expect.stringMatching(/^P\d+$/),
        owner: expect.any(String),
      },
    });
  });

  it("gets each edit with another time, even when the clock stands still", async () => {
    await using hook = await startReceiver();
    const clock = { ...systemClock, now: () => new Date("2026-01-02T03:04:05.678Z") };
    await using sim = await startCliqSimulator({ webhookUrl: hook.url, clock });
    const { messageId } = await sim.say({ chat: "general", user: "Alice", text: "hello" });
    const edits = [await sim.edit(messageId, "hello again"), await sim.edit(messageId, "hello once more")];
    const times = edits.map(({ rawBody }) => parse(rawBody)["data"]).map((data) => Object(data).time);
    expect(times).toEqual([expect.any(Number), times[0] + 1]);
  });

  it("gets a direct message without organisation or time", async () => {
    await using hook = await startReceiver();
    await using sim = await startCliqSimulator({ webhookUrl: hook.url });

    const said = await sim.sayDm({ user: "Bob", text: "psst @mio" });

    expect(said.messageId).toMatch(/^DM_\d{13}_\d+$/);
    expect(parse(hook.received[0]?.body)).toEqual({
      operation: "message",
      message: { id: said.messageId, text: "psst @mio", type: "text" },
      user: { id: expect.any(String), name: "Bob Tran" },
      chat: { id: expect.any(String), title: "Bob Tran", is_dm: true },
    });
  });

  it("gets an edit under the id of the original", async () => {
    await using hook = await startReceiver();
    await using sim = await startCliqSimulator({ webhookUrl: hook.url });
    const said = await sim.say({ chat: "general", user: "Alice", text: "at 5" });

    const edited = await sim.edit(said.messageId, "at 6");

    expect(edited.messageId).toBe(said.messageId);
    expect(parse(edited.rawBody)).toMatchObject({
      operation: "message_edited",
      data: { message: { id: said.messageId, text: "at 6", content: { text: "at 6" } } },
    });
    expect(sim.messages("general")[0]?.revisions.map(({ text }) => text)).toEqual(["at 5", "at 6"]);
  });

  it("gets a deletion in a channel", async () => {
    await using hook = await startReceiver();
    await using sim = await startCliqSimulator({ webhookUrl: hook.url });
    const said = await sim.say({ chat: "general", user: "Alice", text: "oops" });
    expect(parse((await sim.remove(said.messageId)).rawBody)).toMatchObject({ operation: "message_deleted" });
    await expect(sim.edit(said.messageId, "back")).rejects.toMatchObject({ code: "simulator.bad_request" });
  });

  it("gets no edit in a direct chat", async () => {
    await using hook = await startReceiver();
    await using sim = await startCliqSimulator({ webhookUrl: hook.url });
    const said = await sim.sayDm({ user: "Bob", text: "one" });
    expect(await sim.edit(said.messageId, "two")).toMatchObject({ rawBody: undefined, deliveries: [] });
    expect(hook.received).toHaveLength(1);
  });

  it("gets a snapshot of the quoted message", async () => {
    await using hook = await startReceiver();
    await using sim = await startCliqSimulator({ webhookUrl: hook.url });
    const first = await sim.say({ chat: "general", user: "Alice", text: "question" });

    const reply = await sim.say({ chat: "general", user: "Bob", text: "answer", replyTo: first.messageId });

    expect(parse(reply.rawBody)).toMatchObject({
      data: {
        message: {
          replied_message: {
            id: first.messageId,
            text: "question",
            sender: { name: "Alice Nguyen" },
            time: expect.any(Number),
            type: "text",
            mentions: [],
          },
        },
      },
    });
  });

  it("gets one file object with a link, and the caption as comment", async () => {
    await using hook = await startReceiver();
    await using sim = await startCliqSimulator({ webhookUrl: hook.url });
    const bytes = new TextEncoder().encode("hello");

    const said = await sim.postFile({
      chat: "general",
      user: "Alice",
      name: "a.txt",
      mime: "text/plain",
      bytes,
      comment: "see",
    });

    expect(parse(said.rawBody)).toMatchObject({
      data: {
        message: {
          type: "attachment",
          comment: "see",
          file: {
            name: "a.txt",
            type: "text/plain",
            url: expect.stringContaining(`${sim.apiBaseUrl}/company/`),
          },
        },
      },
    });
  });
});

describe("signatures", () => {
  it.each([
    { encoding: "base64", signaturePrefix: true },
    { encoding: "base64", signaturePrefix: false },
    { encoding: "hex", signaturePrefix: true },
    { encoding: "hex", signaturePrefix: false },
  ] as const)("signs the exact bytes in $encoding, prefix $signaturePrefix", async (style) => {
    await using hook = await startReceiver();
    await using sim = await startCliqSimulator({ webhookUrl: hook.url, webhookSecret: "s3cret", ...style });
    await sim.say({ chat: "general", user: "Zoë", text: "naïve ☕" });
    const [request] = hook.received;
    const digest = hmac(request?.body ?? "", "s3cret", style.encoding);
    expect(request?.headers["x-webhook-signature"]).toBe(style.signaturePrefix ? `sha256=${digest}` : digest);
  });

  it("can be forged", async () => {
    await using hook = await startReceiver(() => 401);
    await using sim = await startCliqSimulator({ webhookUrl: hook.url });
    const said = await sim.say({
      chat: "general",
      user: "Mallory",
      text: "x",
      delivery: { forgedSignature: true },
    });
    expect(said.deliveries).toMatchObject([{ status: 401, kind: "forged" }]);
    const [request] = hook.received;
    const honest = hmac(request?.body ?? "", sim.webhookSecret, "base64");
    expect(request?.headers["x-webhook-signature"]).not.toContain(honest);
  });
});

describe("delivery", () => {
  it("does not retry, regardless of the answer", async () => {
    await using hook = await startReceiver(() => 503);
    await using sim = await startCliqSimulator({ webhookUrl: hook.url });
    const said = await sim.say({ chat: "general", user: "Alice", text: "x" });
    expect(said.deliveries.map(({ status }) => status)).toEqual([503]);
    expect(hook.received).toHaveLength(1);
  });

  it("sends duplicates and redeliveries byte for byte", async () => {
    await using hook = await startReceiver();
    await using sim = await startCliqSimulator({ webhookUrl: hook.url });
    const said = await sim.say({ chat: "general", user: "Alice", text: "x", delivery: { duplicate: 29 } });
    await sim.redeliver(said.messageId);
    expect(said.deliveries).toHaveLength(30);
    expect(hook.received).toHaveLength(31);
    expect(new Set(hook.received.map(({ body }) => body))).toEqual(new Set([said.rawBody]));
    expect(sim.messages("general")).toHaveLength(1);
  });

  it("sends no event without a webhook, and reports one that is down", async () => {
    await using sim = await startCliqSimulator();
    expect((await sim.say({ chat: "general", user: "Alice", text: "x" })).deliveries).toEqual([]);
    sim.setWebhook({ url: "http://127.0.0.1:9/" });
    const said = await sim.say({ chat: "general", user: "Alice", text: "y" });
    expect(said.deliveries).toMatchObject([{ status: 0, error: expect.any(String) }]);
  });

  it("posts raw bytes with a valid signature", async () => {
    await using hook = await startReceiver();
    await using sim = await startCliqSimulator({ webhookUrl: hook.url, encoding: "hex" });
    expect(await sim.deliver("{not json")).toMatchObject([{ status: 200, kind: "raw" }]);
    expect(hook.received[0]?.headers["x-webhook-signature"]).toBe(
      `sha256=${hmac("{not json", sim.webhookSecret, "hex")}`,
    );
  });

  it("rejects people in direct chats of others", async () => {
    await using sim = await startCliqSimulator();
    const dm = sim.chats().find(({ kind, name }) => kind === "dm" && name.startsWith("Bob"));
    const intrusion = sim.say({ chat: dm?.id ?? "", user: "Alice", text: "hi" });
    await expect(intrusion).rejects.toMatchObject({ code: "simulator.bad_request" });
  });
});

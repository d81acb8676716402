import { startReceiver } from "@mio/simulator-kit/testing";
import { describe, expect, it } from "vitest";
import { type CliqSimulator, startCliqSimulator } from "../src/index.ts";
import { connectApi } from "./helpers.ts";

/** Posts a body; its `origin` goes into the header instead. */
async function post(sim: CliqSimulator, path: string, { origin, ...body }: Record<string, unknown>) {
  const response = await fetch(`${sim.url}/sim/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(typeof origin === "string" ? { origin } : {}) },
    body: JSON.stringify(body),
  });
  return { status: response.status, json: JSON.parse(await response.text()) };
}

const get = async (sim: CliqSimulator, path: string) => await (await fetch(new URL(path, sim.url))).text();

describe("the control API", () => {
  it("performs the acts of people", async () => {
    await using hook = await startReceiver();
    await using sim = await startCliqSimulator();
    await post(sim, "webhook", { url: hook.url, secret: "other" });

    const said = await post(sim, "say", { chat: "general", user: "Alice", text: "hello" });
    const { messageId } = said.json;
    await post(sim, "edit", { messageId, text: "hello!" });
    await post(sim, "redeliver", { messageId, delivery: { duplicate: 2 } });
    await post(sim, "forge", { messageId });
    await post(sim, "dm", { user: "Bob", text: "psst" });
    await post(sim, "file", {
      chat: "general",
      user: "Bob",
      name: "a.txt",
      mime: "text/plain",
      base64: "aGk=",
    });
    await post(sim, "deliver", { body: "{}" });
    await post(sim, "remove", { messageId });

    expect(sim.deliveries().map(({ kind, operation }) => `${kind} ${operation}`)).toEqual([
      "original message_sent",
      "original message_edited",
      "redelivered message_edited",
      "duplicate message_edited",
      "duplicate message_edited",
      "forged message_edited",
      "original message",
      "original message_sent",
      "raw raw",
      "original message_deleted",
    ]);
    expect(hook.received).toHaveLength(10);
    expect(sim.webhookSecret).toBe("other");
  });

  it("switches faults and shows the state", async () => {
    await using sim = await startCliqSimulator();
    const set = await post(sim, "faults", { set: { name: "rate_limited", times: 3, retryAfterSeconds: 2 } });
    expect(set.json.active).toMatchObject([{ name: "rate_limited", remaining: 3 }]);
    expect(JSON.parse(await get(sim, "/sim/state"))).toMatchObject({
      apiBaseUrl: sim.apiBaseUrl,
      oauth: sim.oauth,
      faults: [{ name: "rate_limited" }],
      counters: { post: 0 },
    });
    expect((await post(sim, "faults", { clear: true })).json.active).toEqual([]);
  });

  it("lists posts, calls and messages", async () => {
    await using sim = await startCliqSimulator();
    await (await connectApi(sim)).postAsBot({ text: "visible" });
    expect(JSON.parse(await get(sim, "/sim/posts")).posts).toMatchObject([{ text: "visible" }]);
    expect(JSON.parse(await get(sim, "/sim/calls")).counters).toMatchObject({ token: 1, post: 1 });
    const messages = JSON.parse(await get(sim, "/sim/messages?chat=general")).messages;
    expect(messages).toMatchObject([{ author: { kind: "bot" }, revisions: [{ text: "visible" }] }]);
  });

  it.each([
    ["say", { chat: "general", user: "Alice" }, 400],
    ["say", { chat: "general", user: "Alice", text: "x", colour: "red" }, 400],
    ["say", { chat: "no such name", user: "Alice", text: "x" }, 400],
    ["edit", { messageId: "1_2", text: "x" }, 404],
    ["faults", { set: { name: "gremlins" } }, 400],
    ["unknown", {}, 404],
  ])("rejects %s %j", async (path, body, status) => {
    await using sim = await startCliqSimulator();
    expect((await post(sim, path, body)).status).toBe(status);
  });

  it("rejects requests from other sites", async () => {
    await using sim = await startCliqSimulator();
    const body = { chat: "general", user: "Alice", text: "x" };
    expect((await post(sim, "say", { ...body, origin: "https://evil.example" })).status).toBe(403);
    expect((await post(sim, "say", { ...body, origin: sim.url })).status).toBe(200);
  });

  it("streams events from the position of the reader", async () => {
    await using sim = await startCliqSimulator();
    await sim.say({ chat: "general", user: "Alice", text: "one" });
    const { lastSeq } = sim.events;
    await sim.say({ chat: "general", user: "Alice", text: "two" });
    const stop = new AbortController();
    const response = await fetch(`${sim.url}/sim/events?after=${lastSeq}`, { signal: stop.signal });
    let seen = "";
    for await (const chunk of response.body ?? []) {
      seen += Buffer.from(chunk).toString();
      if (seen.includes("three")) break;
      if (seen.includes("two")) await sim.say({ chat: "general", user: "Alice", text: "three" });
    }
    stop.abort();
    expect(seen).toMatch(/id: \d+\ndata: \{"seq".*"two"/);
    expect(seen).not.toContain('"one"');
  });
});

it("buffers no events for a reader that stopped reading, and still closes", async () => {
  const sim = await startCliqSimulator();
  const stop = new AbortController();
  await fetch(`${sim.url}/sim/events`, { signal: stop.signal });
  const text = "x".repeat(200_000);
  for (let count = 0; count < 50; count += 1) await sim.say({ chat: "general", user: "Alice", text });
  await sim[Symbol.asyncDispose]();
  stop.abort();
  await expect(fetch(sim.url)).rejects.toThrow();
});

describe("the page", () => {
  it("is complete without its script, and escapes the texts of people", async () => {
    await using sim = await startCliqSimulator();
    await sim.say({ chat: "general", user: "Alice", text: "<script>alert(1)</script> @mio" });
    await (await connectApi(sim)).postAsBot({ text: "thinking…" });
    const page = await get(sim, "/");
    expect(page).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(page).not.toContain("<script>alert");
    expect(page).toContain('<span class="mention">@Mio</span>');
    expect(page).toContain("thinking…");
    expect(page).toContain("no webhook set");
  });

  it("allows only its own script and style", async () => {
    await using sim = await startCliqSimulator();
    const response = await fetch(sim.url);
    const policy = response.headers.get("content-security-policy") ?? "";
    const nonce = /script-src 'nonce-([^']+)'/.exec(policy)?.[1] ?? "none";
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain("unsafe-inline");
    const page = await response.text();
    expect(page.match(/<(?:script|style)[^>]*>/g)).toEqual([
      `<style nonce="${nonce}">`,
      `<script type="module" nonce="${nonce}">`,
    ]);
    expect(page).not.toMatch(/ (?:on\w+|style)="/);
  });

  it("serves the entries of each list", async () => {
    await using sim = await startCliqSimulator();
    const lists = JSON.parse(await get(sim, "/fragments"));
    expect(Object.keys(lists)).toEqual(["chats", "messages", "faults", "calls", "counters"]);
    expect(lists.faults).toContain('id="fault-rate_limited"');
  });

  it("shows a direct chat to its own user only", async () => {
    await using sim = await startCliqSimulator();
    await sim.sayDm({ user: "Bob", text: "for the bot" });
    const alice = sim.users().find(({ name }) => name.startsWith("Alice"));
    const bobs = sim.chats().find(({ name }) => name.startsWith("Bob"));
    expect(await get(sim, `/?chat=${bobs?.id}&as=${alice?.id}`)).toContain("<h1>Alice Nguyen and Mio</h1>");
  });

  it("serves uploads with headers that forbid scripts", async () => {
    await using sim = await startCliqSimulator();
    const bytes = new TextEncoder().encode("<svg/>");
    await sim.postFile({ chat: "general", user: "Alice", name: "x.svg", mime: "image/svg+xml", bytes });
    const token = sim.messages("general")[0]?.file?.token;
    const response = await fetch(`${sim.url}/files/${token}`);
    expect(response.headers.get("content-security-policy")).toContain("sandbox");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  });
});

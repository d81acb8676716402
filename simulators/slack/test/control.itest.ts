import { Script } from "node:vm";
import { startReceiver } from "@mio/simulator-kit/testing";
import { describe, expect, it } from "vitest";
import { type SlackSimulator, startSlackSimulator } from "../src/index.ts";
import { callSlack } from "./helpers.ts";

/** Posts a body; its `origin` goes into the header instead. */
async function post(sim: SlackSimulator, path: string, { origin, ...body }: Record<string, unknown>) {
  const response = await fetch(`${sim.url}/sim/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(typeof origin === "string" ? { origin } : {}) },
    body: JSON.stringify(body),
  });
  return { status: response.status, json: JSON.parse(await response.text()) };
}

const get = async (sim: SlackSimulator, path: string) => await (await fetch(new URL(path, sim.url))).text();

describe("the control API", () => {
  it("performs the acts of people", async () => {
    await using hook = await startReceiver();
    await using sim = await startSlackSimulator({ transport: "webhook" });
    expect((await post(sim, "events", { url: hook.url, secret: "other" })).json).toMatchObject({
      verified: false,
    });
    const here = { channel: "general", user: "Alice" };
    const said = await post(sim, "say", { ...here, text: "hello" });
    const { ts } = said.json;
    await post(sim, "say", { ...here, text: "reply", threadTs: ts, broadcast: true });
    await post(sim, "edit", { channel: "general", ts, text: "hello!" });
    await post(sim, "unfurl", { channel: "general", ts });
    await post(sim, "react", { ...here, ts, emoji: "tada" });
    await post(sim, "unreact", { ...here, ts, emoji: "tada" });
    await post(sim, "forge", { event: ts });
    await post(sim, "redeliver", { event: ts, delivery: { duplicate: 1 } });
    await post(sim, "dm", { user: "Bob", text: "psst" });
    await post(sim, "group", { user: "Bob", others: ["Alice"], text: "we" });
    await post(sim, "file", { ...here, name: "a.txt", mime: "text/plain", base64: "aGk=" });
    await post(sim, "other-bot", { channel: "general", text: "beep" });
    await post(sim, "join", { channel: "general", user: "Dora" });
    await post(sim, "deliver", { body: "{}" });
    await post(sim, "remove", { channel: "general", ts });
    expect(sim.deliveries().map(({ kind, eventType }) => `${kind} ${eventType}`)).toEqual([
      "original message",
      "original message",
      "original message",
      "original message",
      "original reaction_added",
      "original reaction_removed",
      "forged reaction_removed",
      "redelivered reaction_removed",
      "duplicate reaction_removed",
      "original message",
      "original message",
      "original message",
      "original message",
      "original member_joined_channel",
      "original message",
      "raw raw",
      "original message",
    ]);
    expect(sim.signingSecret).toBe("other");
  });

  it("switches faults and the transport, and shows the state", async () => {
    await using sim = await startSlackSimulator();
    const set = await post(sim, "faults", { set: { name: "ok_false", times: 3, error: "fatal_error" } });
    expect(set.json.active).toMatchObject([{ name: "ok_false", remaining: 3 }]);
    await post(sim, "transport", { transport: "webhook" });
    const made = await post(sim, "workspaces", { name: "Other" });
    await post(sim, "say", { team: "Other", channel: "general", user: "Carol", text: "there" });
    const state = JSON.parse(await get(sim, "/sim/state"));
    expect(state).toMatchObject({
      apiBaseUrl: sim.apiBaseUrl,
      transport: "webhook",
      faults: [{ name: "ok_false" }],
      workspaces: [
        { team: sim.team, botToken: sim.botToken, appToken: sim.appToken },
        { team: { id: made.json.team.id }, botToken: made.json.botToken },
      ],
    });
    const other = JSON.parse(await get(sim, "/sim/messages?team=Other&channel=general"));
    expect(other.messages).toMatchObject([{ text: "there" }]);
    expect((await post(sim, "faults", { clear: true })).json.active).toEqual([]);
  });

  it("lists posts, calls and sockets", async () => {
    await using sim = await startSlackSimulator();
    await callSlack(sim, "chat.postMessage", { channel: "general", text: "visible" });
    expect(JSON.parse(await get(sim, "/sim/posts")).posts).toMatchObject([{ text: "visible" }]);
    expect(JSON.parse(await get(sim, "/sim/calls")).counters).toEqual({ "chat.postMessage": 1 });
    expect(JSON.parse(await get(sim, "/sim/sockets"))).toEqual({ sockets: [] });
    await post(sim, "expire-tokens", {});
    expect(await callSlack(sim, "auth.test")).toMatchObject({ error: "token_expired" });
    expect((await post(sim, "install-code", {})).json).toMatchObject({ code: expect.any(String) });
  });

  it.each([
    ["say", { channel: "general", user: "Alice" }, 400],
    ["say", { channel: "general", user: "Alice", text: "x", colour: "red" }, 400],
    ["say", { channel: "No Such!", user: "Alice", text: "x" }, 400],
    ["say", { team: "Nowhere", channel: "general", user: "Alice", text: "x" }, 404],
    ["edit", { channel: "general", ts: "1.000000", text: "x" }, 404],
    ["faults", { set: { name: "gremlins" } }, 400],
    ["unknown", {}, 404],
  ])("rejects %s %j", async (path, body, status) => {
    await using sim = await startSlackSimulator();
    expect((await post(sim, path, body)).status).toBe(status);
  });

  it("rejects requests from other sites", async () => {
    await using sim = await startSlackSimulator({ transport: "webhook" });
    const body = { channel: "general", user: "Alice", text: "x" };
    expect((await post(sim, "say", { ...body, origin: "https://evil.example" })).status).toBe(403);
    expect((await post(sim, "say", { ...body, origin: sim.url })).status).toBe(200);
  });
});

describe("the page", () => {
  it("is complete without its script, and escapes the texts of people and the bot", async () => {
    await using sim = await startSlackSimulator({ transport: "webhook" });
    const said = await sim.say({ channel: "general", user: "Alice", text: "<script>alert(1)</script> @mio" });
    await sim.react({ channel: "general", ts: said.ts, user: "Bob", emoji: "tada" });
    await callSlack(sim, "chat.postMessage", {
      channel: "general",
      text: "fallback",
      blocks: [
        { type: "header", text: { type: "plain_text", text: "<b>Report</b>" } },
        { type: "section", text: { type: "mrkdwn", text: "see <https://example.com|the plan>" } },
        { type: "actions", elements: [{ type: "button", text: { type: "plain_text", text: "Approve" } }] },
        { type: "table", rows: [[{ type: "raw_text", text: "cell" }]] },
      ],
    });
    const page = await get(sim, "/");
    expect(page).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(page).not.toContain("<script>alert");
    expect(page).toContain('<span class="mention">@Mio</span>');
    expect(page).toContain("&lt;b&gt;Report&lt;/b&gt;");
    expect(page).toContain('<a href="https://example.com" rel="noreferrer">the plan</a>');
    expect(page).toContain("Approve");
    expect(page).toContain("<td>cell</td>");
    expect(page).toContain(":tada: 1");
    expect(page).not.toContain('<p class="text">fallback');
    expect(page).toContain("no events URL set");
  });

  it("allows only its own script, which parses", async () => {
    await using sim = await startSlackSimulator();
    const response = await fetch(sim.url);
    const policy = response.headers.get("content-security-policy") ?? "";
    const nonce = /script-src 'nonce-([^']+)'/.exec(policy)?.[1] ?? "none";
    const page = await response.text();
    const [, script] = page.split(`<script type="module" nonce="${nonce}">`);
    const code = script?.split("</script>")[0] ?? "no script";
    expect(() => new Script(`async () => {${code}}`)).not.toThrow();
    expect(page).not.toMatch(/ (?:on\w+|style)="/);
  });

  it("shows direct and ephemeral messages to their recipients only", async () => {
    await using sim = await startSlackSimulator({ retryDelaysMs: [] });
    const [alice, bob] = sim.users();
    const dm = await sim.sayDm({ user: "Bob", text: "for the bot" });
    const args = { channel: "general", text: "only Bob", user: bob?.id };
    await callSlack(sim, "chat.postEphemeral", args);
    const asBob = `&as=${bob?.id}`;
    expect(await get(sim, `/?chat=${dm.channel}${asBob}`)).toContain("for the bot");
    expect(await get(sim, `/?chat=${dm.channel}&as=${alice?.id}`)).not.toContain("for the bot");
    expect(await get(sim, `/?${asBob}`)).toContain("only Bob");
    expect(await get(sim, `/?as=${alice?.id}`)).not.toContain("only Bob");
  });

  it("serves the entries of each list, and uploads with headers that forbid scripts", async () => {
    await using sim = await startSlackSimulator({ retryDelaysMs: [] });
    const lists = JSON.parse(await get(sim, "/fragments"));
    expect(Object.keys(lists)).toEqual(["chats", "messages", "faults", "calls", "counters"]);
    expect(lists.faults).toContain('id="fault-half_open_socket"');
    const bytes = new TextEncoder().encode("<svg/>");
    await sim.postFile({ channel: "general", user: "Alice", name: "x.svg", mime: "image/svg+xml", bytes });
    const file = sim.messages("general")[0]?.files[0];
    const response = await fetch(`${sim.url}/files/${sim.team.id}/${file?.id}`);
    expect(response.headers.get("content-security-policy")).toContain("sandbox");
  });
});

import { describe, expect, it } from "vitest";
import { type SlackSimulator, startSlackSimulator } from "../src/index.ts";
import { callSlack, postSlack } from "./helpers.ts";

const post = (sim: SlackSimulator) => postSlack(sim, "chat.postMessage", { channel: "general", text: "x" });

describe("faults of the API", () => {
  it("rate limits as often as `times` says, then stops", async () => {
    await using sim = await startSlackSimulator();
    sim.faults.set("rate_limited", { times: 1, retryAfterSeconds: 7 });
    const first = await post(sim);
    expect([first.status, first.headers.get("retry-after"), await first.json()]).toEqual([
      429,
      "7",
      { ok: false, error: "ratelimited" },
    ]);
    expect(await (await post(sim)).json()).toMatchObject({ ok: true });
    expect(sim.faults.active()).toEqual([]);
  });

  it.each([
    { name: "ok_false", options: { error: "fatal_error" }, status: 200, text: '"fatal_error"' },
    { name: "ok_false", options: {}, status: 200, text: '"internal_error"' },
    { name: "server_error", options: { status: 503 }, status: 503, text: "Server Error" },
    { name: "expired_token", options: {}, status: 200, text: '"token_expired"' },
    { name: "invalid_auth", options: {}, status: 200, text: '"invalid_auth"' },
  ] as const)("$name $options", async ({ name, options, status, text }) => {
    await using sim = await startSlackSimulator();
    sim.faults.set(name, { ...options, times: 1 });
    const answer = await post(sim);
    expect([answer.status, await answer.text()]).toEqual([status, expect.stringContaining(text)]);
    expect(sim.visiblePosts()).toEqual([]);
    expect(sim.calls().at(-1)).toMatchObject({
      method: "chat.postMessage",
      fault: name,
      error: expect.any(String),
    });
  });

  it("posts, then cuts the connection without an answer", async () => {
    await using sim = await startSlackSimulator();
    sim.faults.set("drop_response", { times: 1 });
    await expect(post(sim)).rejects.toThrow();
    expect(sim.visiblePosts()).toHaveLength(1);
    expect(sim.calls().at(-1)).toMatchObject({ status: 0, fault: "drop_response" });
  });

  it("combines `slow` with another fault", async () => {
    const slept: number[] = [];
    const clock = { now: () => new Date(), sleep: async (ms: number) => void slept.push(ms) };
    await using sim = await startSlackSimulator({ clock, retryDelaysMs: [] });
    sim.faults.set("slow", { ms: 1_234, times: 1 });
    sim.faults.set("server_error", { times: 1 });
    expect((await post(sim)).status).toBe(500);
    expect(slept).toEqual([1_234]);
  });

  it("strikes only the calls it names", async () => {
    await using sim = await startSlackSimulator();
    sim.faults.set("ok_false", { methods: ["chat.update"] });
    expect(await (await post(sim)).json()).toMatchObject({ ok: true });
    expect(await callSlack(sim, "chat.update")).toMatchObject({ error: "internal_error" });
    sim.faults.clear();
    sim.faults.set("rate_limited");
    const socket = await callSlack(sim, "apps.connections.open", {}, sim.appToken);
    expect(socket, "sockets are left alone unless named").toMatchObject({ ok: true });
    sim.faults.set("rate_limited", { methods: ["apps.connections.open"] });
    expect((await postSlack(sim, "apps.connections.open", {}, sim.appToken)).status).toBe(429);
  });

  it("closes the port and opens the same one again", async () => {
    await using sim = await startSlackSimulator();
    sim.faults.set("refuse_connections");
    await sim.faults.settled();
    await expect(post(sim)).rejects.toMatchObject({ cause: { code: "ECONNREFUSED" } });
    sim.faults.clear();
    await sim.faults.settled();
    expect((await post(sim)).status).toBe(200);
  });

  it("can be disposed while its port is closed", async () => {
    const sim = await startSlackSimulator();
    sim.faults.set("refuse_connections");
    await sim[Symbol.asyncDispose]();
    await expect(fetch(sim.url)).rejects.toThrow();
  });
});

describe("waiting", () => {
  it("finds past and later messages of any workspace", async () => {
    await using sim = await startSlackSimulator();
    const other = sim.addWorkspace("Other");
    const later = sim.waitForMessage(({ text }) => text === "later");
    await other.say({ channel: "general", user: "Carol", text: "before" });
    expect(await sim.waitForMessage(({ text }) => text === "before")).toMatchObject({
      teamId: other.team.id,
    });
    await other.say({ channel: "general", user: "Carol", text: "later" });
    expect((await later).text).toBe("later");
    const { lastSeq } = sim.events;
    const again = sim.waitForMessage(({ text }) => text === "later", { after: lastSeq, timeoutMs: 1 });
    await expect(again).rejects.toMatchObject({ code: "simulator.wait_timeout" });
  });
});

it("drops the oldest messages when it is full", async () => {
  await using sim = await startSlackSimulator({ maxMessages: 10 });
  for (let count = 0; count < 25; count += 1)
    await callSlack(sim, "chat.postMessage", { channel: "general", text: `${count}` });
  expect(sim.messages("general").map(({ text }) => text)).toEqual(
    Array.from({ length: 10 }, (_, index) => `${index + 15}`),
  );
});

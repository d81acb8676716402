import { describe, expect, it } from "vitest";
import { startCliqSimulator } from "../src/index.ts";
import { connectApi, fetchToken } from "./helpers.ts";

describe("faults", () => {
  it("rate limits as often as `times` says, then stops", async () => {
    await using sim = await startCliqSimulator();
    const api = await connectApi(sim);
    sim.faults.set("rate_limited", { times: 2, retryAfterSeconds: 7 });
    const first = await api.postAsBot({ text: "x" });
    const second = await api.postAsBot({ text: "x" });
    const third = await api.postAsBot({ text: "x" });
    expect([first.status, first.headers.get("retry-after")]).toEqual([429, "7"]);
    expect([second.status, third.status]).toEqual([429, 204]);
    expect(sim.visiblePosts()).toHaveLength(1);
    expect(sim.faults.active()).toEqual([]);
  });

  it("throttles with 400 and no header", async () => {
    await using sim = await startCliqSimulator();
    const api = await connectApi(sim);
    sim.faults.set("throttle400");
    const answer = await api.postAsBot({ text: "x" });
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([400, null]);
    expect(await answer.text()).toContain("You have exceeded the URL throttle limits");
  });

  it("posts, then cuts the connection without an answer", async () => {
    await using sim = await startCliqSimulator();
    const api = await connectApi(sim);
    sim.faults.set("drop_response", { times: 1 });
    await expect(api.postAsBot({ text: "x" })).rejects.toThrow();
    expect(sim.visiblePosts()).toHaveLength(1);
    expect(sim.calls().at(-1)).toMatchObject({ endpoint: "post", status: 0, fault: "drop_response" });
  });

  it("closes the port and opens the same one again", async () => {
    await using sim = await startCliqSimulator();
    await fetchToken(sim);
    sim.faults.set("refuse_connections");
    await sim.faults.settled();
    await expect(fetchToken(sim)).rejects.toMatchObject({ cause: { code: "ECONNREFUSED" } });
    sim.faults.clear();
    await sim.faults.settled();
    expect((await fetchToken(sim)).status).toBe(200);
  });

  it("can be disposed while its port is closed", async () => {
    const sim = await startCliqSimulator();
    sim.faults.set("refuse_connections");
    await sim[Symbol.asyncDispose]();
    await expect(fetch(sim.url)).rejects.toThrow();
  });

  it("rejects a valid token once", async () => {
    await using sim = await startCliqSimulator();
    const api = await connectApi(sim);
    sim.faults.set("unauthorized_once");
    expect((await api.postAsBot({ text: "x" })).status).toBe(401);
    expect((await api.postAsBot({ text: "x" })).status).toBe(204);
  });

  it("combines `slow` with another fault", async () => {
    const slept: number[] = [];
    const clock = { now: () => new Date(), sleep: async (ms: number) => void slept.push(ms) };
    await using sim = await startCliqSimulator({ clock });
    const api = await connectApi(sim);
    sim.faults.set("slow", { ms: 1_234, times: 1 });
    sim.faults.set("server_error", { status: 503, times: 1 });
    expect((await api.postAsBot({ text: "x" })).status).toBe(503);
    expect(slept).toEqual([1_234]);
    expect((await api.postAsBot({ text: "x" })).status).toBe(204);
  });

  it("strikes only the calls it names", async () => {
    await using sim = await startCliqSimulator();
    const api = await connectApi(sim);
    sim.faults.set("server_error", { endpoints: ["history"] });
    expect((await api.postAsBot({ text: "x" })).status).toBe(204);
    expect((await api.call("GET", `/api/v2/chats/${api.chatId()}/messages`)).status).toBe(500);
  });

  it.each([
    ["invalid_grant", 200, { error: "invalid_code" }],
    ["token_throttled", 400, { error: "Access Denied" }],
    ["server_error", 500, { code: "internal_server_error" }],
  ] as const)("spoils token requests: %s", async (name, status, body) => {
    await using sim = await startCliqSimulator();
    sim.faults.set(name);
    const answer = await fetchToken(sim);
    expect([answer.status, await answer.json()]).toMatchObject([status, body]);
  });

  it.each([
    { name: "login_page", status: 200, contentType: "text/html;charset=UTF-8", text: "Sign in" },
    {
      name: "attachment_expired",
      status: 400,
      contentType: "application/json; charset=utf-8",
      text: "attachment_access_time_expired",
    },
  ] as const)("spoils downloads: $name", async ({ name, status, contentType, text }) => {
    await using sim = await startCliqSimulator();
    const api = await connectApi(sim);
    const upload = { chat: "general", user: "Alice", name: "a", mime: "image/png", bytes: new Uint8Array(4) };
    const said = await sim.postFile(upload);
    sim.faults.set(name);
    const answer = await api.call("GET", JSON.parse(said.rawBody ?? "").data.message.file.url);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([status, contentType]);
    expect(await answer.text()).toContain(text);
  });

  it("omits the id even for sync_message", async () => {
    await using sim = await startCliqSimulator();
    const api = await connectApi(sim);
    sim.faults.set("no_message_id");
    expect((await api.postAsBot({ text: "x", sync_message: true })).status).toBe(204);
    expect(sim.visiblePosts()).toHaveLength(1);
  });
});

describe("waiting", () => {
  it("finds past and later events", async () => {
    await using sim = await startCliqSimulator();
    const api = await connectApi(sim);
    const later = sim.waitForMessage(({ text }) => text === "later");
    await api.postAsBot({ text: "before" });
    expect((await sim.waitForMessage(({ text }) => text === "before")).author.kind).toBe("bot");
    await api.postAsBot({ text: "later" });
    expect((await later).text).toBe("later");
    expect(await sim.waitFor((event) => event.type === "api.called")).toMatchObject({
      call: { endpoint: "token" },
    });
  });

  it("ignores events up to `after`", async () => {
    await using sim = await startCliqSimulator();
    const api = await connectApi(sim);
    await api.postAsBot({ text: "first" });
    const second = sim.waitForMessage(({ author }) => author.kind === "bot", { after: sim.events.lastSeq });
    await api.postAsBot({ text: "second" });
    expect((await second).text).toBe("second");
  });

  it("rejects after its timeout and when the signal aborts", async () => {
    await using sim = await startCliqSimulator();
    const never = () => false;
    await expect(sim.waitFor(never, { timeoutMs: 1 })).rejects.toMatchObject({
      code: "simulator.wait_timeout",
    });
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(sim.waitFor(never, { signal })).rejects.toThrow("enough");
  });
});

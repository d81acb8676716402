import { describe, expect, it } from "vitest";
import { startSlackSimulator } from "../src/index.ts";
import { callSlack, connectSocket } from "./helpers.ts";

const quick = { ackTimeoutMs: 100, retryDelaysMs: [1, 1, 1] };

describe("Socket Mode", () => {
  it("greets with a hello frame that names the app", async () => {
    await using sim = await startSlackSimulator();
    await using socket = await connectSocket(sim);
    expect(await socket.frame((frame) => frame["type"] === "hello")).toMatchObject({
      num_connections: 1,
      connection_info: { app_id: sim.bot.appId },
      debug_info: { approximate_connection_time: expect.any(Number) },
    });
    expect(sim.sockets()).toMatchObject([{ teamId: sim.team.id, appId: sim.bot.appId, state: "open" }]);
  });

  it("delivers an event and records its acknowledgement", async () => {
    await using sim = await startSlackSimulator();
    await using socket = await connectSocket(sim);
    const said = await sim.say({ channel: "general", user: "Alice", text: "hello" });
    expect(said.deliveries).toMatchObject([{ transport: "socket", status: 200, attempt: 0 }]);
    expect(await socket.frame((frame) => frame["type"] === "events_api")).toMatchObject({
      envelope_id: expect.any(String),
      accepts_response_payload: false,
      retry_attempt: 0,
      retry_reason: "",
      payload: { type: "event_callback", event: { type: "message", text: "hello", ts: said.ts } },
    });
  });

  it("sends an unacknowledged event again, in another envelope, over any socket", async () => {
    await using sim = await startSlackSimulator(quick);
    await using deaf = await connectSocket(sim, { acknowledges: false });
    const said = await sim.say({ channel: "general", user: "Alice", text: "hello" });
    expect(said.deliveries).toMatchObject([{ status: 0, error: "timeout" }]);
    const again = await deaf.frame((frame) => frame["retry_attempt"] === 1);
    const first = await deaf.frame((frame) => frame["retry_attempt"] === 0);
    expect(again).toMatchObject({ retry_reason: "timeout", payload: first["payload"] });
    expect(again["envelope_id"]).not.toBe(first["envelope_id"]);
  });

  it("keeps events while no socket is open", async () => {
    await using sim = await startSlackSimulator({ ackTimeoutMs: 100, retryDelaysMs: [1, 10_000] });
    const said = await sim.say({ channel: "general", user: "Alice", text: "anybody?" });
    expect(said.deliveries).toMatchObject([{ status: 0, error: "connection_failed" }]);
    await using socket = await connectSocket(sim);
    expect(await socket.frame((frame) => frame["retry_attempt"] === 1)).toMatchObject({
      payload: { event: { text: "anybody?" } },
    });
  });

  it("accepts each ticket once", async () => {
    await using sim = await startSlackSimulator();
    const { url } = await callSlack(sim, "apps.connections.open", {}, sim.appToken);
    await using _first = await connectSocket(sim, { url: String(url) });
    await expect(connectSocket(sim, { url: String(url) })).rejects.toThrow("403");
  });

  it("spreads events over open sockets, and accepts at most ten", async () => {
    await using sim = await startSlackSimulator();
    await using stack = new AsyncDisposableStack();
    const sockets = [];
    for (let count = 0; count < 10; count += 1) sockets.push(stack.use(await connectSocket(sim)));
    const eleventh = stack.use(await connectSocket(sim));
    expect(await eleventh.frame(() => true)).toMatchObject({
      type: "disconnect",
      reason: "too_many_websockets",
    });
    for (let count = 0; count < 10; count += 1)
      await sim.say({ channel: "general", user: "Alice", text: `${count}` });
    const used = new Set(sim.deliveries().map(({ socketId }) => socketId));
    expect(used.size).toBe(10);
  });

  it("delivers only to the app of the workspace", async () => {
    await using sim = await startSlackSimulator();
    const other = sim.addWorkspace("Other");
    await using socket = await connectSocket(sim, { token: other.appToken });
    const said = await other.say({ channel: "general", user: "Carol", text: "here" });
    expect(said.deliveries).toMatchObject([{ status: 200, teamId: other.team.id }]);
    expect((await sim.say({ channel: "general", user: "Alice", text: "there" })).deliveries).toMatchObject([
      { status: 0 },
    ]);
    expect(socket.frames.filter((frame) => frame["type"] === "events_api")).toHaveLength(1);
  });
});

describe("faults of sockets", () => {
  it("keeps a half open socket connected without any data", async () => {
    await using sim = await startSlackSimulator({ ackTimeoutMs: 100, retryDelaysMs: [1, 1_500, 1_500] });
    await using socket = await connectSocket(sim);
    sim.faults.set("half_open_socket");
    expect(sim.sockets()).toMatchObject([{ state: "half_open" }]);
    socket.ws.ping();
    const said = await sim.say({ channel: "general", user: "Alice", text: "hello?" });
    expect(said.deliveries).toMatchObject([{ status: 0, error: "timeout" }]);
    expect(socket.frames.map((frame) => frame["type"])).toEqual(["hello"]);
    expect(socket.pongs()).toBe(0);
    expect(socket.ws.readyState).toBe(socket.ws.OPEN);
    await using fresh = await connectSocket(sim);
    expect(
      await fresh.frame((frame) => frame["type"] === "events_api"),
      "the other socket gets the lost event",
    ).toMatchObject({ payload: { event: { text: "hello?" } } });
  });

  it("cuts a socket", async () => {
    await using sim = await startSlackSimulator();
    await using socket = await connectSocket(sim);
    sim.faults.set("socket_close");
    await socket.closed;
    await sim.waitFor((event) => event.type === "socket.closed");
    expect(sim.sockets()).toEqual([]);
    expect(sim.faults.active()).toEqual([]);
  });

  it.each(["warning", "refresh_requested", "link_disabled"] as const)(
    "asks to come again: %s",
    async (reason) => {
      await using sim = await startSlackSimulator();
      await using socket = await connectSocket(sim);
      sim.faults.set("refresh_socket", { reason, ms: 1 });
      expect(await socket.frame((frame) => frame["type"] === "disconnect")).toMatchObject({ reason });
      await socket.closed;
    },
  );

  it("refuses new connections and cuts open ones", async () => {
    await using sim = await startSlackSimulator();
    await using socket = await connectSocket(sim);
    sim.faults.set("refuse_connections");
    await socket.closed;
    await sim.faults.settled();
    await expect(connectSocket(sim)).rejects.toThrow();
    sim.faults.clear();
    await sim.faults.settled();
    await using _again = await connectSocket(sim);
  });

  it("answers pings and sends its own", async () => {
    await using sim = await startSlackSimulator({ pingIntervalMs: 5 });
    await using socket = await connectSocket(sim);
    const pinged = new Promise((resolve) => socket.ws.once("ping", resolve));
    const answered = new Promise((resolve) => socket.ws.once("pong", resolve));
    socket.ws.ping();
    await Promise.all([pinged, answered]);
  });
});

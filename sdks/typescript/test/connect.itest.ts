import { createServer, type Socket } from "node:net";
import { connect } from "@mio/sdk";
import { openAgentWorld } from "@mio/testkit";
import { describe, expect, it } from "vitest";

describe("connect", () => {
  it("says where no server answered", async () => {
    const refusal = connect({ servers: "nats://127.0.0.1:1", patienceMs: 300 });
    await expect(refusal).rejects.toMatchObject({ code: "sdk.unreachable", retry: "soon" });
    await expect(refusal).rejects.toThrow("nats://127.0.0.1:1");
  });

  it("says that a stream is missing", async () => {
    await using world = await openAgentWorld({ streams: false });
    await expect(connect({ servers: world.server.url, patienceMs: 100 })).rejects.toMatchObject({
      code: "sdk.no_stream",
      details: { stream: "MESSAGES_INBOUND_ENRICHED" },
    });
  });

  it("waits for the streams that the services are about to make", async () => {
    await using world = await openAgentWorld({ streams: false });
    const connecting = connect({ servers: world.server.url, patienceMs: 20_000 });
    await world.jsm.streams.add({ name: "MESSAGES_INBOUND_ENRICHED", subjects: ["mio.inbound_enriched.>"] });
    await world.jsm.streams.add({ name: "MESSAGES_OUTBOUND", subjects: ["mio.outbound.>"] });
    await using mio = await connecting;
    await mio.ping();
  });

  it("refuses a server that is too old", async () => {
    await using old = await fakeServer({ version: "2.11.9" });
    await expect(connect({ servers: old.url })).rejects.toMatchObject({ code: "sdk.server_too_old" });
    // What was opened for the try is closed again.
    await expect.poll(() => old.connections()).toBe(0);
  });

  it("says that the credentials were refused, without repeating them", async () => {
    await using strict = await fakeServer({ version: "2.15.1", auth_required: true });
    const credentials = { token: "hunter2" };
    const refusal = await connect({ servers: strict.url, credentials }).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: "sdk.unauthorized", retry: "never" });
    expect(String(refusal)).not.toContain("hunter2");
  });

  it("refuses credentials in a URL without repeating them", async () => {
    const refusal = await connect({ servers: "nats://ana:hunter2@host" }).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: "sdk.invalid_option" });
    expect(String(refusal)).not.toContain("hunter2");
    await expect(connect({ servers: [] })).rejects.toMatchObject({ code: "sdk.invalid_option" });
    const credentials = { credsFile: "/does/not/exist" };
    await expect(connect({ servers: "nats://host", credentials })).rejects.toMatchObject({
      code: "sdk.invalid_option",
    });
  });

  it("stops trying when the signal aborts", async () => {
    const stop = new AbortController();
    const connecting = connect({ servers: "nats://127.0.0.1:1", patienceMs: 60_000, signal: stop.signal });
    stop.abort();
    await expect(connecting).rejects.toMatchObject({ code: "sdk.aborted" });
  });

  it("reports by ping whether the server answers", async () => {
    await using world = await openAgentWorld();
    await using mio = await connect({ servers: world.server.url });
    await mio.ping();
    await world.server.pause();
    await expect(mio.ping({ timeoutMs: 100 })).rejects.toMatchObject({ code: "sdk.unreachable" });
    world.server.resume();
  });
});

interface FakeInfo {
  readonly version: string;
  readonly auth_required?: true;
}

interface FakeServer extends AsyncDisposable {
  readonly url: string;
  /** How many are open now. */
  readonly connections: () => number;
}

/** A server that only greets like NATS, and refuses clients that must authenticate. */
async function fakeServer(info: FakeInfo): Promise<FakeServer> {
  const greeting = JSON.stringify({ server_id: "S", proto: 1, headers: true, max_payload: 1 << 20, ...info });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    const answer = info.auth_required ? "-ERR 'Authorization Violation'\r\n" : "PONG\r\n";
    socket.on("data", (bytes) => bytes.includes("PING") && socket.write(answer));
    socket.write(`INFO ${greeting}\r\n`);
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `nats://127.0.0.1:${port}`,
    connections: () => sockets.size,
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}

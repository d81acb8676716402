import { once } from "node:events";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { openWire, type Wire } from "./wire.ts";

let server: WebSocketServer;
let url: URL;
beforeEach(async () => {
  server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  url = new URL(`ws://127.0.0.1:${address.port}/link?ticket=s3cret`);
});
afterEach(() => {
  for (const client of server.clients) client.terminate();
  server.close();
});

interface Seen {
  readonly wire: Wire;
  readonly log: readonly string[];
  readonly peer: WebSocket;
  /** Waits until the log has an entry. */
  has(entry: string): Promise<void>;
}

async function opened(): Promise<Seen> {
  const log: string[] = [];
  const waiting = new Set<() => void>();
  const note = (entry: string): void => {
    log.push(entry);
    for (const wake of waiting) wake();
  };
  const connection = once(server, "connection");
  const wire = openWire(url, {
    onText: (text) => note(`text ${text}`),
    onPing: () => note("ping"),
    onPong: () => note("pong"),
    onClosed: (reason) => note(`closed ${reason}`),
  });
  const [peer] = (await connection) as [WebSocket];
  const has = (entry: string): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!log.includes(entry)) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  return { wire, log, peer, has };
}

it("carries texts, pings and a close", async () => {
  const { wire, peer, has } = await opened();
  const received = once(peer, "message");
  peer.send("hello");
  await has("text hello");
  wire.send("hi");
  expect(String((await received)[0])).toBe("hi");
  wire.ping();
  await has("pong");
  peer.ping();
  await has("ping");
  const goodbye = once(peer, "close");
  wire.close();
  expect((await goodbye)[0]).toBe(1_000);
  await has("closed 1000");
});

it("reads nothing while it is paused", async () => {
  const { wire, log, peer, has } = await opened();
  peer.send("first");
  await has("text first");
  wire.pause();
  const sent = Promise.withResolvers<void>();
  peer.send("second", () => sent.resolve());
  await sent.promise;
  await new Promise((resolve) => setImmediate(resolve));
  expect(log).not.toContain("text second");
  wire.resume();
  await has("text second");
});

it("reports its close once, also when the connection is dropped, and ignores late calls", async () => {
  const { wire, log, peer, has } = await opened();
  peer.send("hello");
  await has("text hello");
  peer.terminate();
  await has("closed 1006");
  wire.send("late");
  wire.ping();
  wire.pause();
  wire.resume();
  wire.close();
  wire.terminate();
  expect(log.filter((entry) => entry.startsWith("closed"))).toHaveLength(1);
});

it("reports that it never opened, without the address", async () => {
  const unused = new URL(url);
  server.close();
  await once(server, "close");
  const reason = await new Promise<string>((resolve) => {
    const ignore = (): void => undefined;
    openWire(unused, { onText: ignore, onPing: ignore, onPong: ignore, onClosed: resolve });
  });
  expect(reason).toBe("ECONNREFUSED");
});

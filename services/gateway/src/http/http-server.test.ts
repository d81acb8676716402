import { once } from "node:events";
import { type AddressInfo, connect, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import type { WebhookOutcome } from "../events.ts";
import { createHttpServer, type HttpServerOptions } from "./http-server.ts";

interface TestServer extends AsyncDisposable {
  /** Requests that wait in the handler until the test resolves them. */
  readonly handled: PromiseWithResolvers<void>[];
  readonly refused: WebhookOutcome[];
  open(text: string): Socket;
  post(body: string): Promise<Response>;
  health(): Promise<Response>;
}

async function startServer(limits: Partial<HttpServerOptions> = {}): Promise<TestServer> {
  const handled: PromiseWithResolvers<void>[] = [];
  const refused: WebhookOutcome[] = [];
  const server = createHttpServer({
    maxBodyBytes: 1_000,
    maxConcurrent: 4,
    maxBytesInProgress: 2_000,
    onRefused: (outcome) => void refused.push(outcome),
    ...limits,
  });
  server.post("/hook", async (request) => {
    const gate = Promise.withResolvers<void>();
    handled.push(gate);
    await gate.promise;
    return String(request.body);
  });
  server.get("/health", async () => "well");
  await server.listen({ host: "127.0.0.1", port: 0 });
  const { port } = server.server.address() as AddressInfo;
  const sockets: Socket[] = [];
  return {
    handled,
    refused,
    open(text) {
      const socket = connect(port, "127.0.0.1").on("error", () => undefined);
      socket.write(text);
      sockets.push(socket);
      return socket;
    },
    post: (body) =>
      fetch(`http://127.0.0.1:${port}/hook`, { method: "POST", body, headers: { "content-type": "a/b" } }),
    health: () => fetch(`http://127.0.0.1:${port}/health`),
    async [Symbol.asyncDispose]() {
      for (const gate of handled) gate.resolve();
      for (const socket of sockets) socket.destroy();
      await server.close();
    },
  };
}

const slowHeaders = "POST /hook HTTP/1.1\r\nHost: mio\r\nX-Slow: ";
const announcing = (length: number, sent = ""): string =>
  `POST /hook HTTP/1.1\r\nHost: mio\r\nContent-Type: a/b\r\nContent-Length: ${length}\r\n\r\n${sent}`;

const chunked = (...lengths: readonly number[]): string =>
  `POST /hook HTTP/1.1\r\nHost: mio\r\nContent-Type: a/b\r\nTransfer-Encoding: chunked\r\n\r\n${lengths
    .map((length) => `${length.toString(16)}\r\n${"x".repeat(length)}\r\n`)
    .join("")}`;

const answerTo = async (socket: Socket): Promise<string> => String((await once(socket, "data"))[0]);

test.each([
  ["headers", slowHeaders],
  ["body", announcing(1_000)],
])("answers 408 if the %s do not arrive in time", async (_part, text) => {
  await using server = await startServer({ requestTimeoutMs: 200 });
  expect(await answerTo(server.open(text))).toMatch(/^HTTP\/1\.1 408 /);
});

describe("what is in progress", () => {
  test("counts received bytes only, not announced ones", async () => {
    await using server = await startServer();
    for (let slow = 0; slow < 12; slow += 1) server.open(announcing(1_000, "x"));
    const answer = server.post("honest");
    await expect.poll(() => server.handled.length).toBe(1);
    server.handled[0]?.resolve();
    expect(await (await answer).text()).toBe("honest");
    expect(server.refused).toEqual([]);
  });

  test("rejects bodies above its limit of bytes, and frees bytes after the answers", async () => {
    await using server = await startServer();
    const first = [server.post("a".repeat(900)), server.post("b".repeat(900))];
    await expect.poll(() => server.handled.length).toBe(2);
    const third = await server.post("c".repeat(900));
    expect([third.status, third.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(server.refused).toEqual(["overloaded"]);
    for (const gate of server.handled) gate.resolve();
    for (const one of first) expect((await one).status).toBe(200);
    const next = server.post("d".repeat(900));
    await expect.poll(() => server.handled.length).toBe(3);
    server.handled[2]?.resolve();
    expect((await next).status).toBe(200);
  });

  test("frees its bytes when a sender disconnects", async () => {
    await using server = await startServer();
    const slow = [1, 2].map(() => server.open(announcing(1_000, "x".repeat(999))));
    await expect.poll(async () => (await server.post("y".repeat(500))).status).toBe(503);
    for (const socket of slow) socket.destroy();
    const isTaken = async (): Promise<boolean> => {
      const refused = server.post("y".repeat(500)).then(() => false);
      const taken = expect.poll(() => server.handled.length, { timeout: 500 }).toBe(1);
      return Promise.race([refused, taken.then(() => true)]);
    };
    await expect.poll(isTaken).toBe(true);
  });

  test("limits the requests handled at once", async () => {
    await using server = await startServer();
    const first = [1, 2, 3, 4].map((count) => server.post(`${count}`));
    await expect.poll(() => server.handled.length).toBe(4);
    expect((await server.post("5")).status).toBe(503);
    // Before its body has arrived.
    expect(await answerTo(server.open(announcing(1_000, "x")))).toMatch(/^HTTP\/1\.1 503 /);
    expect((await server.health()).status).toBe(200);
    for (const gate of server.handled) gate.resolve();
    for (const one of first) expect((await one).status).toBe(200);
  });
});

describe("a body", () => {
  test("in any number of chunks arrives complete", async () => {
    await using server = await startServer();
    const socket = server.open(announcing(6, "ab"));
    const answer = answerTo(socket);
    for (const piece of ["cd", "ef"]) {
      await new Promise<void>((resolve) => socket.write(piece, () => resolve()));
    }
    await expect.poll(() => server.handled.length).toBe(1);
    server.handled[0]?.resolve();
    expect(await answer).toMatch(/abcdef$/);
  });

  test.each([
    ["announced", announcing(1_001)],
    ["in one chunk", chunked(1_001)],
    ["in several chunks", chunked(600, 600)],
  ])("that is too long, %s, is answered 413 and closes the connection", async (_how, text) => {
    await using server = await startServer();
    const socket = server.open(text);
    const closed = once(socket, "close");
    expect(await answerTo(socket)).toMatch(/^HTTP\/1\.1 413 [\s\S]*connection: close/i);
    await closed;
    expect(server.refused).toEqual(["too_large"]);
  });

  test("that is rejected halfway closes the connection: its rest is not a request", async () => {
    await using server = await startServer({ maxBytesInProgress: 100 });
    const socket = server.open(announcing(900, "x".repeat(200)));
    const closed = once(socket, "close");
    expect(await answerTo(socket)).toMatch(/^HTTP\/1\.1 503 [\s\S]*connection: close/i);
    socket.write(announcing(1, "y"));
    await closed;
    expect(server.handled).toEqual([]);
    expect(server.refused).toEqual(["overloaded"]);
  });
});

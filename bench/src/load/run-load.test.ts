import { createHmac } from "node:crypto";
import { createServer, type Server } from "node:http";
import { buffer } from "node:stream/consumers";
import { afterEach, expect, test } from "vitest";
import { runLoad } from "./run-load.ts";

let server: Server | undefined;
/** Requests that the server has not answered. */
let atOnce = { now: 0, most: 0 };
afterEach(() => server?.close());

/** A server that checks the signature of each request and returns the result of `answer`. */
async function serve(answer: (index: number) => { status: number; delayMs?: number }): Promise<string> {
  let count = 0;
  atOnce = { now: 0, most: 0 };
  server = createServer(async (request, response) => {
    atOnce.now += 1;
    atOnce.most = Math.max(atOnce.most, atOnce.now);
    response.on("close", () => {
      atOnce.now -= 1;
    });
    const body = await buffer(request);
    const signature = `sha256=${createHmac("sha256", "s").update(body).digest("hex")}`;
    const signed = request.headers["x-webhook-signature"] === signature;
    const { status, delayMs = 0 } = answer(count++);
    setTimeout(() => response.writeHead(signed ? status : 401).end('{"ok":true}'), delayMs);
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/webhooks/zoho-cliq`;
}

test("an open loop offers exactly its rate and counts every answer", async () => {
  const url = await serve((index) => ({ status: index % 10 === 0 ? 503 : 200 }));
  const result = await runLoad({
    url,
    secret: "s",
    run: "t",
    seconds: 0.5,
    connections: 8,
    ratePerSecond: 200,
  });
  expect(result).toMatchObject({ offered: 100, acked: 90, statuses: { 200: 90, 503: 10 } });
  expect(result.notAcked).toHaveLength(10);
});

test("latency counts from when a request was due, not from when a connection was free", async () => {
  const url = await serve(() => ({ status: 200, delayMs: 30 }));
  const result = await runLoad({
    url,
    secret: "s",
    run: "t",
    seconds: 0.1,
    connections: 1,
    ratePerSecond: 100,
  });
  expect(result.acked).toBe(10);
  expect(result.maxMs).toBeGreaterThan(150);
});

test("a closed loop keeps every connection busy until its time is over", async () => {
  const url = await serve(() => ({ status: 200, delayMs: 5 }));
  const result = await runLoad({ url, secret: "s", run: "t", seconds: 0.3, connections: 4 });
  expect(result.acked).toBe(result.offered);
  expect(result.offered).toBeGreaterThan(8);
  expect(atOnce.most).toBe(4);
});

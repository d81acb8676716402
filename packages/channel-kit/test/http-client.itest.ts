import { getEventListeners } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { addressesBeside, callWhile, createHttpClient, type HttpClient } from "@mio/channel-kit";
import { describe, expect, it } from "vitest";

interface LocalServer extends AsyncDisposable {
  readonly url: URL;
}

async function serve(listener: RequestListener): Promise<LocalServer> {
  const server: Server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: new URL(`http://127.0.0.1:${port}/x`),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function client(overrides: { timeoutMs?: number; maxResponseBytes?: number } = {}): HttpClient {
  const allowedAddresses = addressesBeside(new URL("http://127.0.0.1/"), "");
  return createHttpClient({
    userAgent: "mio-test",
    timeoutMs: 5_000,
    maxResponseBytes: 1_000,
    allowedAddresses,
    ...overrides,
  });
}

describe("call", () => {
  it("sends method, headers and body and returns the answer", async () => {
    await using server = await serve(async (request, response) => {
      const chunks = await request.toArray();
      response.writeHead(202, { "x-seen": `${request.method} ${request.headers["user-agent"]}` });
      response.end(Buffer.concat(chunks));
    });
    const answer = await client().call({ method: "PUT", url: server.url, body: "häh" });
    expect(answer).toMatchObject({ kind: "answer", status: 202, text: "häh", truncated: false });
    expect(answer.kind === "answer" && answer.headers.get("x-seen")).toBe("PUT mio-test");
  });

  it("streams bytes under the given length", async () => {
    await using server = await serve(async (request, response) => {
      const chunks = await request.toArray();
      response.setHeader("x-length", request.headers["content-length"] ?? "none");
      response.end(Buffer.concat(chunks));
    });
    const bytes = new TextEncoder().encode("streamed");
    const stream = ReadableStream.from([bytes.subarray(0, 3), bytes.subarray(3)]);
    const headers = { "content-length": String(bytes.length) };
    const answer = await client().call({ method: "POST", url: server.url, headers, stream });
    expect(answer).toMatchObject({ kind: "answer", text: "streamed" });
    expect(answer.kind === "answer" && answer.headers.get("x-length")).toBe("8");
  });

  it("does not follow a redirect, so a token stays with the host it was meant for", async () => {
    const visited: (string | undefined)[] = [];
    await using server = await serve((request, response) => {
      visited.push(request.url);
      response.writeHead(302, { location: "/elsewhere" }).end();
    });
    const answer = await client().call({ method: "GET", url: server.url, headers: { authorization: "t" } });
    expect(answer).toMatchObject({ kind: "answer", status: 302 });
    expect(visited).toEqual(["/x"]);
  });

  it("cuts an answer at the limit, also an endless one", async () => {
    await using server = await serve((_, response) => {
      const flood = setInterval(() => response.write("x".repeat(700)), 1);
      response.on("close", () => clearInterval(flood));
    });
    const answer = await client().call({ method: "GET", url: server.url });
    expect(answer).toMatchObject({ kind: "answer", status: 200, text: "x".repeat(1_000), truncated: true });
  });

  it("leaves out a character that the limit cuts through", async () => {
    await using server = await serve((_, response) => response.end("äöü"));
    const answer = await client({ maxResponseBytes: 3 }).call({ method: "GET", url: server.url });
    expect(answer).toMatchObject({ kind: "answer", text: "ä", truncated: true });
  });

  it("finds a header in any case, and joins one that comes twice", async () => {
    await using server = await serve((_, response) => {
      response.writeEarlyHints({ link: "</a>; rel=preload" });
      response.writeHead(200, ["X-Twice", "1", "X-Twice", "2", "Retry-After", "7"]).end();
    });
    const answer = await client().call({ method: "GET", url: server.url });
    if (answer.kind !== "answer") throw new Error(answer.networkCode);
    expect(answer.status).toBe(200);
    expect(["x-twice", "retry-after", "X-None"].map((name) => answer.headers.get(name))).toEqual([
      "1, 2",
      "7",
      null,
    ]);
  });

  it("leaves no listener on the caller's signal, however the call ends", async () => {
    await using server = await serve((request, response) => {
      if (request.method === "GET") response.end();
      else request.socket.destroy();
    });
    const { signal } = new AbortController();
    await client().call({ method: "GET", url: server.url, signal });
    await client().call({ method: "POST", url: server.url, signal });
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("cuts off an answer whose body comes too late", async () => {
    await using server = await serve((_, response) => response.write("half"));
    const answer = await client({ timeoutMs: 500 }).call({ method: "GET", url: server.url });
    expect(answer).toMatchObject({ kind: "answer", status: 200, text: "half", truncated: true });
  });

  it("reports an answer whose body breaks off, because the status did arrive", async () => {
    await using server = await serve((_, response) => {
      response.writeHead(200, { "content-length": "50" });
      response.write("half", () => response.destroy());
    });
    const answer = await client().call({ method: "POST", url: server.url, body: "{}" });
    expect(answer).toMatchObject({ kind: "answer", status: 200, truncated: true });
  });

  it("reports unsent for a refused connection", async () => {
    const gone = await serve(() => undefined);
    await gone[Symbol.asyncDispose]();
    const failure = await client().call({ method: "POST", url: gone.url, body: "{}" });
    expect(failure).toEqual({ kind: "unsent", reason: "network", networkCode: "ECONNREFUSED" });
  });

  it("reports unsent for an unknown host", async () => {
    const failure = await client().call({ method: "POST", url: new URL("http://mio.invalid/"), body: "{}" });
    expect(failure).toMatchObject({ kind: "unsent", reason: "network" });
  });

  it("reports unsent for a peer without TLS", async () => {
    await using server = await serve((_, response) => response.end());
    const url = new URL(server.url);
    url.protocol = "https:";
    expect(await client().call({ method: "POST", url, body: "{}" })).toMatchObject({ kind: "unsent" });
  });

  it("reports an unknown fate for a request whose connection broke", async () => {
    await using server = await serve((request) => request.socket.destroy());
    const failure = await client().call({ method: "POST", url: server.url, body: "{}" });
    expect(failure).toMatchObject({ kind: "unanswered", reason: "network" });
  });

  it("aborts at its deadline, with an unknown fate", async () => {
    await using server = await serve(() => undefined);
    const failure = await client({ timeoutMs: 2_000 }).call({ method: "POST", url: server.url, body: "{}" });
    expect(failure).toMatchObject({ kind: "unanswered", reason: "timeout" });
  });

  it("aborts with the caller, and sends nothing if the caller aborted before", async () => {
    const giveUp = new AbortController();
    await using server = await serve(() => giveUp.abort());
    const request = { method: "POST", url: server.url, body: "{}", signal: giveUp.signal } as const;
    expect(await client().call(request)).toMatchObject({ kind: "unanswered", reason: "aborted" });
    expect(await client().call(request)).toMatchObject({ kind: "unsent", reason: "aborted" });
  });

  it("writes no request for a call that lost its right before its turn to be written", async () => {
    const seen: (string | undefined)[] = [];
    await using server = await serve((request, response) => {
      seen.push(request.url);
      response.end();
    });
    const http = client();
    await http.call({ method: "GET", url: server.url });
    // Held when the call begins, lost when it is about to be written.
    const answers = [true, false];
    const mayCall = (): boolean => answers.shift() ?? false;
    const lost = await callWhile(mayCall, () => http.call({ method: "POST", url: server.url, body: "{}" }));
    expect(lost).toMatchObject({ kind: "unsent", reason: "aborted" });
    expect(answers).toEqual([]);
    await http.call({ method: "GET", url: server.url });
    expect(seen).toHaveLength(2);
  });

  it("writes no further piece of a body once the right is lost", async () => {
    let whole = false;
    await using server = await serve((request) => {
      request.on("end", () => {
        whole = true;
      });
      request.on("error", () => undefined);
      request.on("data", () => {
        mayCall = false;
      });
    });
    let mayCall = true;
    async function* pieces() {
      yield new TextEncoder().encode("first");
      while (mayCall) await new Promise(setImmediate);
      yield new TextEncoder().encode("second");
    }
    const headers = { "content-length": "11" };
    const failure = await callWhile(
      () => mayCall,
      () => client().call({ method: "POST", url: server.url, headers, stream: pieces() }),
    );
    expect(failure).toMatchObject({ kind: "unanswered" });
    expect(whole).toBe(false);
  });

  it("aborts at its deadline while a host is silent in its TLS handshake", async () => {
    const silent = createTcpServer();
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const sockets: Socket[] = [];
    silent.on("connection", (socket) => sockets.push(socket));
    const { port } = silent.address() as AddressInfo;
    const url = new URL(`https://127.0.0.1:${port}/`);
    const failure = await client({ timeoutMs: 200 }).call({ method: "POST", url, body: "{}" });
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => silent.close(resolve));
    expect(failure).toEqual({ kind: "unsent", reason: "timeout", networkCode: "TIMEOUT" });
  });

  it("keeps tokens and addresses out of its failures", async () => {
    const headers = { authorization: "Zoho-oauthtoken s3\ncret" };
    const bad = await client().call({ method: "GET", url: new URL("http://127.0.0.1:9999/"), headers });
    expect(bad).toEqual({ kind: "unsent", reason: "network", networkCode: "ERR_INVALID_HEADER" });
    const named = await client().call({ method: "GET", url: new URL("http://u:s3cret@127.0.0.1:9999/") });
    expect(JSON.stringify(named)).not.toContain("s3cret");
  });
});

describe("download", () => {
  it("streams the body past the deadline of the headers", async () => {
    await using server = await serve((_, response) => {
      response.write("a".repeat(3_000));
      setTimeout(() => response.end("b"), 1_500);
    });
    const download = await client({ timeoutMs: 1_000 }).download({ method: "GET", url: server.url });
    if (download.kind !== "download") throw new Error(`no download: ${download.networkCode}`);
    let bytes = 0;
    for await (const chunk of download.body) bytes += chunk.length;
    expect(bytes).toBe(3_001);
  });

  it("ends the body when the caller aborts", async () => {
    await using server = await serve((_, response) => response.write("a"));
    const giveUp = new AbortController();
    const download = await client().download({ method: "GET", url: server.url, signal: giveUp.signal });
    if (download.kind !== "download") throw new Error(`no download: ${download.networkCode}`);
    const reading = (async () => {
      for await (const _ of download.body) giveUp.abort();
    })();
    await expect(reading).rejects.toThrow();
  });

  it("leaves no listener on the caller's signal once its body has ended", async () => {
    await using server = await serve((_, response) => response.end("a"));
    const { signal } = new AbortController();
    const download = await client().download({ method: "GET", url: server.url, signal });
    if (download.kind !== "download") throw new Error(`no download: ${download.networkCode}`);
    for await (const _ of download.body);
    await new Promise(setImmediate);
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("may be left unread, or canceled before it is read", async () => {
    const closed = Promise.withResolvers<void>();
    await using server = await serve((_, response) => {
      response.on("close", closed.resolve);
      response.write("a");
    });
    const giveUp = new AbortController();
    const download = await client().download({ method: "GET", url: server.url, signal: giveUp.signal });
    expect(download.kind).toBe("download");
    giveUp.abort();
    await closed.promise;
    const other = await client().download({ method: "GET", url: server.url });
    if (other.kind !== "download") throw new Error(`no download: ${other.networkCode}`);
    await other.cancel();
    await expect(other.body[Symbol.asyncIterator]().next()).rejects.toThrow();
  });
});

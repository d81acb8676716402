import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { BlobStore } from "../blob-store.ts";
import { openBlobStore } from "../open-blob-store.ts";
import { openS3Store } from "./s3-store.ts";

const options = { contentType: "text/plain", metadata: {}, ifAbsent: true } as const;
const emptyList = "<ListBucketResult><KeyCount>0</KeyCount></ListBucketResult>";

beforeEach(() => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "the-id");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "the-key");
});
afterEach(() => {
  vi.unstubAllEnvs();
});

describe("an S3 server that fails", () => {
  it.each([
    ["AccessDenied", 403, "s3:ListBucket"],
    ["NoSuchBucket", 404, "Create it"],
    ["InvalidAccessKeyId", 403, "access key"],
    ["ExpiredToken", 400, "expired"],
    ["RequestTimeTooSkewed", 403, "clock"],
  ])("refuses with %s: the error says what to do", async (code, status, advice) => {
    await using server = await answering((_request, response) => {
      response.writeHead(status).end(`<Error><Code>${code}</Code><Message>the-id</Message></Error>`);
    });
    const error = await openBlobStore(server.url).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: "blob.unavailable",
      retry: "soon",
      details: { reason: code, status },
    });
    expect(String(error)).toContain(advice);
    expect(JSON.stringify([String(error), error])).not.toMatch(/the-(?:id|key)/);
  });

  it("refuses a put to a bucket that may only be read", async () => {
    await using server = await answering((request, response) => {
      if (isList(request.url)) response.end(emptyList);
      else if (request.method === "HEAD") response.writeHead(404).end();
      else response.writeHead(403).end("<Error><Code>AccessDenied</Code></Error>");
    });
    await using store = await openBlobStore(server.url);
    for (const bytes of [1, 9 * 1024 * 1024]) {
      await expect(store.put("k", body(bytes), options)).rejects.toMatchObject({
        code: "blob.unavailable",
        message: expect.stringContaining("PutObject"),
        retry: "soon",
      });
    }
  });

  it("is unavailable after an error of the server, and when nothing listens", async () => {
    const server = await answering((_request, response) => response.writeHead(503).end());
    const unavailable = { code: "blob.unavailable", retry: "soon" };
    await expect(openBlobStore(server.url)).rejects.toMatchObject(unavailable);
    await server[Symbol.asyncDispose]();
    const details = { reason: "ECONNREFUSED" };
    await expect(openBlobStore(server.url)).rejects.toMatchObject({ ...unavailable, details });
  });

  it("ends every call at its deadline", async () => {
    await using server = await hangingOnceOpen();
    await using store = await openS3Store(new URL(server.url), { requestMs: 50 });
    const unavailable = { code: "blob.unavailable", retry: "soon" };
    for (const call of callsOf(store)) await expect(call()).rejects.toMatchObject(unavailable);
  });

  it("ends a call when its signal aborts", async () => {
    await using server = await hangingOnceOpen();
    await using store = await openS3Store(new URL(server.url));
    const abort = new AbortController();
    const { signal } = abort;
    const put = store.put("k", Buffer.from("x"), { ...options, signal });
    const stat = store.stat("k", { signal });
    abort.abort(new Error("stop"));
    await expect(put).rejects.toThrow("stop");
    await expect(stat).rejects.toThrow("stop");
  });

  it("ends a read whose bytes stop coming", async () => {
    await using server = await answering((request, response) => {
      if (isList(request.url)) response.end(emptyList);
      else response.writeHead(200, { "content-length": 10 }).write("half");
    });
    await using store = await openS3Store(new URL(server.url), { requestMs: 50 });
    const read = async () => {
      for await (const chunk of (await store.open("k")) ?? []) expect(chunk).toHaveLength(4);
    };
    await expect(read()).rejects.toMatchObject({ code: "blob.unavailable", retry: "soon" });
  });
});

it("says that the region is missing", async () => {
  vi.stubEnv("AWS_REGION", undefined);
  vi.stubEnv("AWS_CONFIG_FILE", "/nonexistent");
  await expect(openBlobStore("s3://bucket")).rejects.toMatchObject({ details: { reason: "RegionMissing" } });
});

describe("a write whose answer is lost", () => {
  it("is stored if the object is ours", async () => {
    let putId: string | undefined;
    await using server = await answering((request, response) => {
      if (isList(request.url)) response.end(emptyList);
      else if (request.method === "PUT") {
        putId = String(request.headers["x-amz-meta-put-id"]);
        request.resume().on("end", () => response.writeHead(412).end());
      } else if (putId === undefined) response.writeHead(404).end();
      else response.writeHead(200, { "x-amz-meta-put-id": putId }).end();
    });
    await using store = await openBlobStore(server.url);
    expect(await store.put("k", Buffer.from("x"), options)).toEqual({ kind: "stored" });
  });
});

it.each([
  "s3://",
  "s3://id:key@bucket",
  "s3://bucket?secret=x",
  "s3://bucket/.hidden",
  "s3://bucket/a//b",
  "s3://bucket#x",
])("refuses the URL %s without quoting it", async (url) => {
  const error = await openBlobStore(url).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "blob.unsupported_url" });
  expect(String(error)).not.toMatch(/id:key|secret/);
});

async function* body(bytes: number) {
  yield Buffer.alloc(bytes);
}

function callsOf(store: BlobStore): readonly (() => Promise<unknown>)[] {
  return [
    () => store.put("k", Buffer.from("x"), options),
    () => store.stat("k"),
    () => store.open("k"),
    () => store.remove("k"),
    () => store.list("")[Symbol.asyncIterator]().next(),
  ];
}

function isList(url: string | undefined): boolean {
  return url?.includes("list-type=2") === true;
}

/** Answers the check of the bucket, and nothing after it. */
async function hangingOnceOpen(): Promise<Server> {
  let isOpen = false;
  return await answering((request, response) => {
    if (!isOpen && isList(request.url)) response.end(emptyList);
    isOpen = true;
  });
}

interface Server extends AsyncDisposable {
  readonly url: string;
}

async function answering(answer: RequestListener): Promise<Server> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return {
    url: `s3://bucket?endpoint=http://127.0.0.1:${port}&region=eu-central-1`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      if (server.listening) await once(server.close(), "close");
    },
  };
}

import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { ListMultipartUploadsCommand } from "@aws-sdk/client-s3";
import { blobStoreContract } from "@mio/blob/contract";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openBlobStore } from "../src/index.ts";
import { createS3Client } from "../src/s3/s3-bucket.ts";
import { type S3Server, startS3, useCredentials, whyNoS3 } from "./s3-server.ts";

const options = { contentType: "text/plain", metadata: {}, ifAbsent: true } as const;
const unfinishedPut = fileURLToPath(new URL("unfinished-put.ts", import.meta.url));
const partBytes = 8 * 1024 * 1024;

describe.skipIf(whyNoS3 !== undefined)(
  `on an S3 server${whyNoS3 === undefined ? "" : ` (${whyNoS3})`}`,
  () => {
    let s3: S3Server;
    beforeAll(async () => {
      s3 = await startS3();
    });
    afterAll(() => s3[Symbol.asyncDispose]());
    const newBucket = (): Promise<string> => s3.bucket(`mio-${randomUUID()}`);

    blobStoreContract({ name: "s3", open: async () => await openBlobStore(await newBucket()) });
    blobStoreContract({
      name: "s3, with a prefix",
      open: async () => await openBlobStore((await newBucket()).replace("?", "/some/files?")),
    });

    it.each([
      ["fails", () => Promise.reject(new Error("source broke"))],
      ["is aborted", () => new Promise<never>(() => {})],
    ])("leaves no part of a large body that %s", async (_case, end) => {
      const url = await newBucket();
      await using store = await openBlobStore(url);
      const abort = new AbortController();
      async function* body() {
        for (let part = 0; part < 3; part += 1) yield Buffer.alloc(partBytes, part);
        setImmediate(() => abort.abort(new Error("stop")));
        await end();
      }
      await expect(store.put("big", body(), { ...options, signal: abort.signal })).rejects.toThrow();
      expect(await store.stat("big")).toBeUndefined();
      expect(await uploadsIn(url)).toEqual([]);
    });

    it("stores one of several large bodies, and leaves no part of the others", async () => {
      const url = await newBucket();
      await using store = await openBlobStore(url);
      async function* body(writer: number) {
        for (let part = 0; part < 2; part += 1) yield Buffer.alloc(partBytes, writer);
        yield Buffer.alloc(1, writer);
      }
      const results = await Promise.all([0, 1, 2].map((writer) => store.put("big", body(writer), options)));
      expect(results.filter(({ kind }) => kind === "stored")).toHaveLength(1);
      expect(await store.stat("big")).toMatchObject({ bytes: 2 * partBytes + 1 });
      expect(await uploadsIn(url)).toEqual([]);
    });

    it("shows nothing of a put whose process was killed, and stores it again", async () => {
      const url = await newBucket();
      const writer = spawn(execPath, ["--conditions=@mio/source", unfinishedPut, url]);
      await once(writer.stdout, "data");
      writer.kill("SIGKILL");
      await once(writer, "exit");
      await using store = await openBlobStore(url);
      expect(await store.stat("big")).toBeUndefined();
      expect(await store.list("")[Symbol.asyncIterator]().next()).toMatchObject({ done: true });
      expect(await store.put("big", Buffer.from("x"), options)).toEqual({ kind: "stored" });
    });

    it("says that the bucket does not exist", async () => {
      const url = (await newBucket()).replace("s3://mio-", "s3://none-");
      await expect(openBlobStore(url)).rejects.toMatchObject({
        code: "blob.unavailable",
        details: { reason: "NoSuchBucket" },
      });
    });

    it("says that the credentials are wrong, without them", async () => {
      const url = await newBucket();
      useCredentials("mio-test", "mio-wrong");
      try {
        const error = await openBlobStore(url).catch((thrown: unknown) => thrown);
        const wrong = { code: "blob.unavailable", details: { reason: "SignatureDoesNotMatch" } };
        expect(error).toMatchObject(wrong);
        expect(JSON.stringify([String(error), error])).not.toMatch(/mio-(?:test|wrong)/);
      } finally {
        useCredentials("mio-test", "mio-secret");
      }
    });
  },
);

async function uploadsIn(url: string): Promise<unknown> {
  const { hostname, searchParams } = new URL(url);
  const client = createS3Client(Object.fromEntries(searchParams));
  const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket: hostname }));
  client.destroy();
  return Uploads ?? [];
}

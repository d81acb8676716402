import { createHash } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, expect, it } from "vitest";
import { hashInto, spoolBody } from "./spool-body.ts";

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "mio-spool-test-"));
});
afterAll(() => rm(directory, { recursive: true }));

async function* bodyOf(...chunks: string[]) {
  for (const chunk of chunks) yield Buffer.from(chunk);
}
const options = () => ({ directory, maxBytes: 8, signal: new AbortController().signal });

async function read(source: AsyncIterable<Uint8Array> | undefined): Promise<string> {
  let text = "";
  for await (const chunk of source ?? []) text += Buffer.from(chunk).toString();
  return text;
}

it("counts, hashes and returns the body repeatedly", async () => {
  await using body = await spoolBody(bodyOf("ab", "", "c"), options());
  expect(body).toMatchObject({
    bytes: 3,
    sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  });
  expect(await read(body?.read())).toBe("abc");
  expect(await read(body?.read())).toBe("abc");
});

/** Chunks of many sizes, each filled with its own number. */
function* pieces(count: number) {
  for (let piece = 0; piece < count; piece += 1) {
    yield Buffer.alloc(1 + ((piece * 7_919) % 65_536), piece % 251);
  }
}

it("returns a large body unchanged", async () => {
  const whole = Buffer.concat([...pieces(400)]);
  const body = await spoolBody(Readable.from(pieces(400)), { ...options(), maxBytes: whole.length });
  await using _body = body;
  const read: Uint8Array[] = [];
  for await (const chunk of body?.read() ?? []) read.push(chunk);
  expect(Buffer.concat(read).equals(whole)).toBe(true);
  expect(body).toMatchObject({
    bytes: whole.length,
    sha256: createHash("sha256").update(whole).digest("hex"),
  });
});

it("writes each chunk before it reads the next, so that memory stays bounded", async () => {
  let written = 0;
  let ahead = 0;
  const file = {
    appendFile: async (chunk: Uint8Array) => {
      await new Promise(setImmediate);
      written += chunk.length;
    },
  };
  async function* source() {
    for (let piece = 1; piece <= 5; piece += 1) {
      yield Buffer.from("12");
      ahead = Math.max(ahead, piece * 2 - written);
    }
  }
  expect(await hashInto(file, source(), { ...options(), maxBytes: 100 })).toMatchObject({ bytes: 10 });
  expect([ahead, written]).toEqual([0, 10]);
});

it("rejects if the disk rejects a chunk", async () => {
  const file = { appendFile: () => Promise.reject(new Error("ENOSPC")) };
  await expect(hashInto(file, bodyOf("abc"), options())).rejects.toThrow("ENOSPC");
});

it("accepts a body of exactly the limit and rejects one byte more", async () => {
  await using body = await spoolBody(bodyOf("1234", "5678"), options());
  expect(body?.bytes).toBe(8);
  expect(await spoolBody(bodyOf("1234", "56789"), options())).toBeUndefined();
});

it("stops reading a body that is too long", async () => {
  let chunks = 0;
  async function* endless() {
    for (;;) {
      chunks += 1;
      yield Buffer.from("1234");
    }
  }
  expect(await spoolBody(endless(), options())).toBeUndefined();
  expect(chunks).toBe(3);
});

it("leaves no file, not even while it is in use", async () => {
  await using body = await spoolBody(bodyOf("abc"), options());
  expect(body).toBeDefined();
  expect(await readdir(directory)).toEqual([]);
});

it("abandons a hanging body when the signal aborts", async () => {
  const abort = new AbortController();
  async function* hanging() {
    yield Buffer.from("x");
    queueMicrotask(() => abort.abort(new Error("stop")));
    await new Promise(() => {});
  }
  await expect(spoolBody(hanging(), { ...options(), signal: abort.signal })).rejects.toThrow("stop");
});

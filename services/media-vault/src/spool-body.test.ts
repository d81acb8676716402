import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { spoolBody } from "./spool-body.ts";

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

it("counts, hashes and gives back what it was given, more than once", async () => {
  await using body = await spoolBody(bodyOf("ab", "", "c"), options());
  expect(body).toMatchObject({
    bytes: 3,
    sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  });
  expect(await read(body?.read())).toBe("abc");
  expect(await read(body?.read())).toBe("abc");
});

it("takes a body of exactly the limit and refuses one byte more", async () => {
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

it("gives up a body that hangs when the signal aborts", async () => {
  const abort = new AbortController();
  async function* hanging() {
    yield Buffer.from("x");
    queueMicrotask(() => abort.abort(new Error("stop")));
    await new Promise(() => {});
  }
  await expect(spoolBody(hanging(), { ...options(), signal: abort.signal })).rejects.toThrow("stop");
});

import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { collect } from "./contract/bytes.ts";
import { openBlobStore } from "./open-blob-store.ts";

const options = { contentType: "text/plain", metadata: {}, ifAbsent: true } as const;
let root = "";

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "mio-blob-"));
});
afterEach(() => rm(root, { recursive: true }));

const openRoot = () => openBlobStore(pathToFileURL(root).href);

async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name);
}

/** A program that puts an endless body and prints a line once part of it is on disk. */
function endlessPut(directory: string): string {
  return `
    const { openBlobStore } = await import(${JSON.stringify(import.meta.resolve("./index.ts"))});
    const store = await openBlobStore(${JSON.stringify(pathToFileURL(directory).href)});
    async function* endless() {
      for (let chunk = 0; ; chunk += 1) {
        if (chunk === 3) process.stdout.write("some");
        yield Buffer.alloc(4096);
        await new Promise(setImmediate);
      }
    }
    await store.put("k", endless(), ${JSON.stringify(options)});
  `;
}

describe("file store", () => {
  it("creates its directory", async () => {
    await using store = await openBlobStore(pathToFileURL(join(root, "new", "er")).href);
    expect(await store.put("k", Buffer.from("x"), options)).toEqual({ kind: "stored" });
  });

  it("has a URI that plain tools can read", async () => {
    await using store = await openRoot();
    await store.put("a/ü k.txt", Buffer.from("plain"), options);
    expect(await readFile(fileURLToPath(store.uri("a/ü k.txt")), "utf8")).toBe("plain");
  });

  it("finds its objects after a restart and under another path", async () => {
    await using store = await openRoot();
    await store.put("a/k", Buffer.from("x"), { ...options, metadata: { owner: "one" } });
    const copy = `${root}-copy`;
    await cp(root, copy, { recursive: true, verbatimSymlinks: true });
    await rm(join(root, ".objects"), { recursive: true });
    await using moved = await openBlobStore(pathToFileURL(copy).href);
    expect(await moved.stat("a/k")).toMatchObject({ bytes: 1, metadata: { owner: "one" } });
    await rm(copy, { recursive: true });
  });

  it("leaves no file of a failed, superseded or removed put", async () => {
    await using store = await openRoot();
    const failing = async function* () {
      yield Buffer.from("half");
      throw new Error("broken");
    };
    await expect(store.put("k", failing(), options)).rejects.toThrow("broken");
    await Promise.all([store.put("k", Buffer.from("a"), options), store.put("k", Buffer.from("b"), options)]);
    await store.remove("k");
    expect(await filesBelow(root)).toEqual([]);
  });

  it("shows nothing of a put whose process was killed, and stores the key afterwards", async () => {
    const writer = spawn(process.execPath, [
      "--conditions=@mio/source",
      "--input-type=module",
      "--eval",
      endlessPut(root),
    ]);
    await once(writer.stdout, "data");
    writer.kill("SIGKILL");
    await once(writer, "exit");
    expect(await filesBelow(root)).toHaveLength(1);
    await using store = await openRoot();
    expect(await collect(store.list(""))).toEqual([]);
    expect(await store.stat("k")).toBeUndefined();
    expect(await store.put("k", Buffer.from("x"), options)).toEqual({ kind: "stored" });
  });

  it("removes unfinished objects older than a day, and no stored object", async () => {
    await using store = await openRoot();
    await store.put("k", Buffer.from("x"), options);
    const unfinished = join(root, ".objects", "new");
    const days = (count: number) => new Date(Date.now() - count * 86_400_000);
    for (const [name, age] of [
      ["old", 1.1],
      ["old.json", 1.1],
      ["young", 0.9],
    ] as const) {
      await writeFile(join(unfinished, name), "half");
      await utimes(join(unfinished, name), days(age), days(age));
    }
    const [object = ""] = (await filesBelow(root)).filter((name) => name.length === 36);
    const path = join(root, ".objects", object.slice(0, 2), object);
    await utimes(path, days(400), days(400));
    await using reopened = await openRoot();
    expect(await readdir(unfinished)).toEqual(["young"]);
    expect(await reopened.stat("k")).toMatchObject({ bytes: 1 });
  });

  it("leaves no unfinished object after a put", async () => {
    await using store = await openRoot();
    await store.put("k", Buffer.from("x"), options);
    expect(await readdir(join(root, ".objects", "new"))).toEqual([]);
    expect((await filesBelow(join(root, ".objects"))).length).toBe(2);
  });

  it("keeps attachments from other users of the machine", async () => {
    await using store = await openRoot();
    await store.put("a/k", Buffer.from("x"), options);
    expect((await stat(join(root, "a/k"))).mode & 0o777).toBe(0o600);
    expect((await stat(join(root, "a"))).mode & 0o777).toBe(0o700);
  });

  it("reports a full or forbidden disk as retryable", async () => {
    await using store = await openRoot();
    await writeFile(join(root, "folder"), "in the way");
    await expect(store.put("folder/k", Buffer.from("x"), options)).rejects.toMatchObject({
      code: "blob.unavailable",
      retry: "soon",
    });
  });
});

describe("openBlobStore", () => {
  it.each(["gs://bucket", "ftp://bucket/prefix", "file://host/dir", "/plain/path", ""])(
    "refuses %j",
    async (url) => {
      await expect(openBlobStore(url)).rejects.toMatchObject({
        code: "blob.unsupported_url",
        message: expect.stringContaining("file:///"),
      });
    },
  );
});

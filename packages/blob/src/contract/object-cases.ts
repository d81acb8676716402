import { describe, expect, it } from "vitest";
import type { BlobStat, PutOptions } from "../blob-store.ts";
import type { BlobDriver } from "./blob-driver.ts";
import { chunks, collect, readAll } from "./bytes.ts";

const text: PutOptions = { contentType: "text/plain", metadata: {}, ifAbsent: true };

/** put, stat, open and remove of single objects. */
export function objectCases(driver: BlobDriver): void {
  describe("objects", () => {
    it("returns bytes, type and metadata as stored", async () => {
      await using store = await driver.open();
      const metadata = { filename: "Überraschung 🎁 – día.png", empty: "", lines: "a\r\nb", quote: '"%20' };
      const put = await store.put("a/b/c.png", Buffer.from("bytes"), {
        ...text,
        contentType: "image/png",
        metadata,
      });
      expect(put).toEqual({ kind: "stored" });
      const expected: Partial<BlobStat> = { key: "a/b/c.png", bytes: 5, contentType: "image/png", metadata };
      expect(await store.stat("a/b/c.png")).toMatchObject(expected);
      expect(await readAll(await store.open("a/b/c.png"))).toEqual(Buffer.from("bytes"));
    });

    it("returns the time of storage", async () => {
      await using store = await driver.open();
      await store.put("k", Buffer.from("x"), text);
      const ageMs = Date.now() - Number((await store.stat("k"))?.storedAt);
      expect(Math.abs(ageMs)).toBeLessThan(60_000);
    });

    it.each([
      ["no bytes", Buffer.alloc(0)],
      ["an empty stream", chunks(0, 0)],
    ])("stores an object of %s", async (_name, body) => {
      await using store = await driver.open();
      await store.put("empty", body, text);
      expect(await store.stat("empty")).toMatchObject({ bytes: 0 });
      expect(await readAll(await store.open("empty"))).toEqual(Buffer.alloc(0));
    });

    it("keeps the first object of a key", async () => {
      await using store = await driver.open();
      await store.put("k", Buffer.from("first"), { ...text, metadata: { by: "first" } });
      expect(await store.put("k", Buffer.from("second"), text)).toEqual({ kind: "exists" });
      expect(await store.stat("k")).toMatchObject({ bytes: 5, metadata: { by: "first" } });
      expect(await readAll(await store.open("k"))).toEqual(Buffer.from("first"));
    });

    it("does not read a body whose key exists", async () => {
      await using store = await driver.open();
      await store.put("k", Buffer.from("first"), text);
      let isRead = false;
      const body = chunks(1, 1, () => {
        isRead = true;
      });
      expect(await store.put("k", body, text)).toEqual({ kind: "exists" });
      expect(isRead).toBe(false);
    });

    it("returns undefined for a missing object", async () => {
      await using store = await driver.open();
      expect(await store.stat("never")).toBeUndefined();
      expect(await store.stat("never/below")).toBeUndefined();
      expect(await store.open("never")).toBeUndefined();
    });

    it("removes an object, and ignores a missing one", async () => {
      await using store = await driver.open();
      await store.put("a/k", Buffer.from("x"), text);
      await store.remove("a/k");
      await store.remove("a/k");
      expect(await store.stat("a/k")).toBeUndefined();
      expect(await collect(store.list(""))).toEqual([]);
      expect(await store.put("a/k", Buffer.from("again"), text)).toEqual({ kind: "stored" });
    });
  });
}

import { describe, expect, it } from "vitest";
import type { BlobStat, PutOptions } from "../blob-store.ts";
import type { BlobDriver } from "./blob-driver.ts";
import { chunks, collect, readAll } from "./bytes.ts";

const text: PutOptions = { contentType: "text/plain", metadata: {}, ifAbsent: true };

/** put, stat, open and remove of single objects. */
export function objectCases(driver: BlobDriver): void {
  describe("objects", () => {
    it("gives back the bytes, type and metadata it was given", async () => {
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

    it("says when an object was stored", async () => {
      await using store = await driver.open();
      await store.put("k", Buffer.from("x"), text);
      const ageMs = Date.now() - Number((await store.stat("k"))?.storedAt);
      expect(Math.abs(ageMs)).toBeLessThan(60_000);
    });

    it.each([
      ["no bytes", Buffer.alloc(0)],
      ["a stream of none", chunks(0, 0)],
    ])("holds an object of %s", async (_name, body) => {
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

    it("does not read a body whose key is taken", async () => {
      await using store = await driver.open();
      await store.put("k", Buffer.from("first"), text);
      let isRead = false;
      const body = chunks(1, 1, () => {
        isRead = true;
      });
      expect(await store.put("k", body, text)).toEqual({ kind: "exists" });
      expect(isRead).toBe(false);
    });

    it("knows no object that was not put", async () => {
      await using store = await driver.open();
      expect(await store.stat("never")).toBeUndefined();
      expect(await store.stat("never/below")).toBeUndefined();
      expect(await store.open("never")).toBeUndefined();
    });

    it("removes an object, and what is not there", async () => {
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

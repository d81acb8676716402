import { describe, expect, it } from "vitest";
import type { BlobStat, PutOptions } from "../blob-store.ts";
import type { BlobDriver } from "./blob-driver.ts";
import { collect } from "./bytes.ts";

const text: PutOptions = { contentType: "text/plain", metadata: {}, ifAbsent: true };

/** list, uri and invalid keys. */
export function keyCases(driver: BlobDriver): void {
  describe("keys", () => {
    it("lists by prefix, in key order", async () => {
      await using store = await driver.open();
      for (const key of ["b", "a/2", "a/10", "a-b", "ab/x/y", "a/1/z"]) {
        await store.put(key, Buffer.from(key), text);
      }
      expect(await keysOf(store.list(""))).toEqual(["a-b", "a/1/z", "a/10", "a/2", "ab/x/y", "b"]);
      expect(await keysOf(store.list("a/"))).toEqual(["a/1/z", "a/10", "a/2"]);
      expect(await keysOf(store.list("a/1"))).toEqual(["a/1/z", "a/10"]);
      expect(await keysOf(store.list("nothing"))).toEqual([]);
      expect(await keysOf(store.list("../"))).toEqual([]);
    });

    it("lists the same metadata as stat", async () => {
      await using store = await driver.open();
      await store.put("k", Buffer.from("x"), { ...text, metadata: { tenant_id: "t" } });
      expect(await collect(store.list(""))).toEqual([await store.stat("k")]);
    });

    it.each([
      "",
      "/a",
      "a/",
      "a//b",
      "..",
      "a/../b",
      "./a",
      ".hidden",
      "a\\b",
      "a\nb",
      "a\0b",
      "k".repeat(1025),
    ])("rejects the key %j", async (key) => {
      await using store = await driver.open();
      const refusal = expect.objectContaining({ code: "blob.bad_key" });
      await expect(store.put(key, Buffer.from("x"), text)).rejects.toEqual(refusal);
      await expect(store.stat(key)).rejects.toEqual(refusal);
      await expect(store.open(key)).rejects.toEqual(refusal);
      await expect(store.remove(key)).rejects.toEqual(refusal);
      expect(() => store.uri(key)).toThrow(refusal);
    });
  });
}

async function keysOf(listed: AsyncIterable<BlobStat>): Promise<string[]> {
  return (await collect(listed)).map((stat) => stat.key);
}

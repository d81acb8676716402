import { describe, expect, it } from "vitest";
import type { BlobStore } from "../blob-store.ts";
import type { BlobDriver } from "./blob-driver.ts";
import { chunks, collect } from "./bytes.ts";

/** Puts that are aborted or fail. */
export function abortCases(driver: BlobDriver): void {
  describe("unfinished puts", () => {
    it("leaves nothing when aborted while the source hangs", async () => {
      await using store = await driver.open();
      const abort = new AbortController();
      const hangs = Promise.withResolvers<void>();
      async function* hanging() {
        yield* chunks(4, 64 * 1024);
        hangs.resolve();
        await new Promise(() => {});
      }
      const put = store.put("a/k", hanging(), putOptions(abort.signal));
      await hangs.promise;
      abort.abort(new Error("stop"));
      await expect(put).rejects.toThrow("stop");
      await expectEmpty(store);
    });

    it("stores nothing when aborted beforehand", async () => {
      await using store = await driver.open();
      const put = store.put("a/k", Buffer.from("x"), putOptions(AbortSignal.abort(new Error("stop"))));
      await expect(put).rejects.toThrow("stop");
      await expectEmpty(store);
    });

    it("leaves nothing when aborted while a buffer is written", async () => {
      await using store = await driver.open();
      const abort = new AbortController();
      const put = store.put("a/k", Buffer.from("x"), putOptions(abort.signal));
      abort.abort(new Error("stop"));
      await expect(put).rejects.toThrow("stop");
      await expectEmpty(store);
    });

    it("leaves nothing when the source fails, and rethrows its error", async () => {
      await using store = await driver.open();
      const failure = new Error("connection reset");
      async function* failing() {
        yield* chunks(4, 64 * 1024);
        throw failure;
      }
      await expect(store.put("a/k", failing(), putOptions())).rejects.toBe(failure);
      await expectEmpty(store);
    });

    it("stores under a key whose first put failed", async () => {
      await using store = await driver.open();
      await store.put("k", Buffer.from("x"), putOptions(AbortSignal.abort())).catch(() => undefined);
      expect(await store.put("k", Buffer.from("x"), putOptions())).toEqual({ kind: "stored" });
    });
  });
}

function putOptions(signal?: AbortSignal) {
  return { contentType: "text/plain", metadata: {}, ifAbsent: true, signal } as const;
}

async function expectEmpty(store: BlobStore): Promise<void> {
  expect(await store.stat("a/k")).toBeUndefined();
  expect(await collect(store.list(""))).toEqual([]);
}

import { memoryUsage } from "node:process";
import { describe, expect, it } from "vitest";
import type { BlobDriver } from "./blob-driver.ts";
import { chunks } from "./bytes.ts";

const mebibyte = 1024 * 1024;
const chunkBytes = 256 * 1024;
const bodyBytes = 256 * mebibyte;
/** Half of the body: enough for garbage that is not collected yet, not for the whole body. */
const memoryLimitBytes = 128 * mebibyte;

/** Bodies too large for memory. */
export function streamCases(driver: BlobDriver): void {
  describe("streams", () => {
    it("puts and opens a large body in bounded memory", { timeout: 60_000 }, async () => {
      await using store = await driver.open();
      const base = memoryUsage().arrayBuffers;
      let peak = 0;
      const watch = () => {
        peak = Math.max(peak, memoryUsage().arrayBuffers - base);
      };
      const options = { contentType: "application/octet-stream", metadata: {}, ifAbsent: true } as const;
      await store.put("big", chunks(bodyBytes / chunkBytes, chunkBytes, watch), options);
      let bytes = 0;
      for await (const chunk of (await store.open("big")) ?? []) {
        bytes += chunk.length;
        watch();
      }
      expect(bytes).toBe(bodyBytes);
      expect(peak).toBeLessThan(memoryLimitBytes);
    });

    it("lets a reader leave early while the object is removed", async () => {
      await using store = await driver.open();
      const options = { contentType: "text/plain", metadata: {}, ifAbsent: true } as const;
      await store.put("k", chunks(64, chunkBytes), options);
      for await (const chunk of (await store.open("k")) ?? []) {
        expect(chunk[0]).toBe(0);
        await store.remove("k");
        break;
      }
      expect(await store.stat("k")).toBeUndefined();
    });
  });
}

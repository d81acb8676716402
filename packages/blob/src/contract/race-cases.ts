import { describe, expect, it } from "vitest";
import type { BlobDriver } from "./blob-driver.ts";
import { chunks, collect, readAll } from "./bytes.ts";

const writers = 50;

/** Concurrent puts for one key. */
export function raceCases(driver: BlobDriver): void {
  describe("races", () => {
    it(`stores exactly one of ${writers} parallel puts, its metadata with its bytes`, async () => {
      await using store = await driver.open();
      const results = await Promise.all(
        Array.from({ length: writers }, (_, writer) =>
          store.put("a/k", repeated(writer), {
            contentType: `x-writer/${writer}`,
            metadata: { writer: String(writer) },
            ifAbsent: true,
          }),
        ),
      );
      expect(results.filter((result) => result.kind === "stored")).toHaveLength(1);
      const winner = results.findIndex((result) => result.kind === "stored");
      expect(await store.stat("a/k")).toMatchObject({
        contentType: `x-writer/${winner}`,
        metadata: { writer: String(winner) },
      });
      expect(await readAll(await store.open("a/k"))).toEqual(await readAll(repeated(winner)));
      expect(await collect(store.list(""))).toHaveLength(1);
    });

    it("shows an object to readers only when it is complete", async () => {
      await using store = await driver.open();
      const seen: (number | undefined)[] = [];
      async function* watched() {
        for await (const chunk of chunks(8, 1024)) {
          seen.push((await store.stat("k"))?.bytes);
          yield chunk;
        }
      }
      await store.put("k", watched(), { contentType: "text/plain", metadata: {}, ifAbsent: true });
      expect(seen).toEqual(Array.from({ length: 8 }, () => undefined));
      expect(await store.stat("k")).toMatchObject({ bytes: 8 * 1024 });
    });
  });
}

async function* repeated(writer: number): AsyncGenerator<Uint8Array, void> {
  for (let chunk = 0; chunk < 20; chunk += 1) yield Buffer.alloc(1024, writer);
}

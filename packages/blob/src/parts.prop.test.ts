import fc from "fast-check";
import { expect, it } from "vitest";
import { toParts } from "./parts.ts";

it("joins chunks into full parts, and only the last is shorter", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 20 })),
      fc.integer({ min: 1, max: 16 }),
      async (chunks, size) => {
        async function* body() {
          yield* chunks;
        }
        const parts: Uint8Array[] = [];
        for await (const part of toParts(body(), size)) parts.push(part);
        expect(Buffer.concat(parts)).toEqual(Buffer.concat(chunks));
        expect(parts.length).toBeGreaterThan(0);
        for (const part of parts.slice(0, -1)) expect(part).toHaveLength(size);
        expect(parts.at(-1)?.length).toBeLessThanOrEqual(size);
      },
    ),
  );
});

import { expect, test } from "vitest";
import { createTurns } from "./turns.ts";

/** Work that ends when the test ends it. */
function scripted() {
  const inTurn = createTurns();
  const begun: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<string>>();
  const start = (work: string, names: readonly string[]) =>
    inTurn(names, () => {
      begun.push(work);
      const end = Promise.withResolvers<string>();
      ends.set(work, end);
      return end.promise;
    });
  const end = (work: string) => ends.get(work)?.resolve(work);
  const fail = (work: string) => ends.get(work)?.reject(new Error(work));
  return { start, begun, end, fail };
}

test("work with a common name waits for its turn, in the order of the calls; other work does not", async () => {
  const { start, begun, end } = scripted();
  const first = start("first", ["a", "b"]);
  const second = start("second", ["b"]);
  const third = start("third", ["b", "c"]);
  const other = start("other", ["c"]);
  expect(begun).toEqual(["first", "other"]);
  end("first");
  expect(await first).toBe("first");
  await expect.poll(() => begun).toEqual(["first", "other", "second"]);
  end("second");
  expect(await second).toBe("second");
  expect(begun).toHaveLength(3);
  end("other");
  expect(await other).toBe("other");
  await expect.poll(() => begun).toEqual(["first", "other", "second", "third"]);
  end("third");
  expect(await third).toBe("third");
});

test("work that fails passes its turn on, and its error only to its caller", async () => {
  const { start, begun, end, fail } = scripted();
  const first = start("first", ["a"]);
  const second = start("second", ["a"]);
  fail("first");
  await expect(first).rejects.toThrow("first");
  await expect.poll(() => begun).toEqual(["first", "second"]);
  end("second");
  expect(await second).toBe("second");
});

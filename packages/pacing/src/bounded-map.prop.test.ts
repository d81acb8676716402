import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type BoundedMap, createBoundedMap } from "./bounded-map.ts";

type Step =
  | { readonly kind: "set"; readonly key: number; readonly value: number }
  | { readonly kind: "get" | "peek" | "delete"; readonly key: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant("set" as const), key: fc.nat({ max: 6 }), value: fc.nat() }),
  fc.record({
    kind: fc.constantFrom("get" as const, "peek" as const, "delete" as const),
    key: fc.nat({ max: 6 }),
  }),
);

type Entry = readonly [key: number, value: number];

/** What the map should hold after a step, from the entry unused for longest to the newest. */
function after(entries: readonly Entry[], { kind, key, ...rest }: Step): readonly Entry[] {
  const used = entries.filter((entry) => entry[0] === key);
  const others = entries.filter((entry) => entry[0] !== key);
  switch (kind) {
    case "set":
      return [...others, [key, "value" in rest ? rest.value : 0]];
    case "get":
      return [...others, ...used];
    case "peek":
      return entries;
    case "delete":
      return others;
  }
}

function take(map: BoundedMap<number, number>, step: Step): number | undefined {
  if (step.kind === "set") map.set(step.key, step.value);
  else if (step.kind === "delete") map.delete(step.key);
  else return map[step.kind](step.key);
  return undefined;
}

describe("createBoundedMap", () => {
  it("keeps the entries that were used last", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.array(step), (maxEntries, steps) => {
        const map = createBoundedMap<number, number>(maxEntries);
        let expected: readonly Entry[] = [];
        for (const one of steps) {
          const known = expected.find(([key]) => key === one.key)?.[1];
          expect(map.has(one.key)).toBe(known !== undefined);
          expect(take(map, one)).toBe(one.kind === "get" || one.kind === "peek" ? known : undefined);
          expected = after(expected, one).slice(-maxEntries);
          expect([...map]).toEqual(expected);
          expect(map.size).toBe(expected.length);
        }
      }),
    );
  });

  it("says whether there was an entry to delete", () => {
    const map = createBoundedMap<string, number>(2);
    map.set("a", 1);
    expect([map.delete("a"), map.delete("a")]).toEqual([true, false]);
  });

  it("is empty after clear", () => {
    const map = createBoundedMap<string, number>(2);
    map.set("a", 1);
    map.clear();
    expect([...map]).toEqual([]);
  });

  it.each([0, -1, Number.NaN])("refuses room for %s entries", (maxEntries) => {
    expect(() => createBoundedMap(maxEntries)).toThrow(expect.objectContaining({ code: "internal.misuse" }));
  });
});

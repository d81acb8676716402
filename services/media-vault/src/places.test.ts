import { describe, expect, it } from "vitest";
import { createPlaces } from "./places.ts";

const { signal } = new AbortController();

describe("createPlaces", () => {
  it("lets no more in than there are places, first come first served", async () => {
    const places = createPlaces(2);
    const entered: number[] = [];
    const take = async (name: number) => {
      const place = await places.take(signal);
      entered.push(name);
      return place;
    };
    const [first, second, third, fourth] = [take(1), take(2), take(3), take(4)];
    await Promise.all([first, second]);
    expect(entered).toEqual([1, 2]);
    (await first)[Symbol.dispose]();
    await third;
    expect(entered).toEqual([1, 2, 3]);
    expect(places.taken()).toBe(2);
    for (const taken of [second, third]) (await taken)[Symbol.dispose]();
    (await fourth)[Symbol.dispose]();
    expect(places.taken()).toBe(0);
  });

  it("hands a place over even when somebody new asks at the same moment", async () => {
    const places = createPlaces(1);
    const first = await places.take(signal);
    const waiting = places.take(signal);
    first[Symbol.dispose]();
    const late = places.take(signal);
    await waiting;
    expect(places.taken()).toBe(1);
    (await waiting)[Symbol.dispose]();
    await late;
  });

  it("loses no place to one who gave up waiting", async () => {
    const places = createPlaces(1);
    const first = await places.take(signal);
    const abort = new AbortController();
    const impatient = places.take(abort.signal);
    const patient = places.take(signal);
    abort.abort(new Error("enough"));
    first[Symbol.dispose]();
    await expect(impatient).rejects.toThrow("enough");
    (await patient)[Symbol.dispose]();
    expect(places.taken()).toBe(0);
    await expect(places.take(abort.signal)).rejects.toThrow("enough");
  });
});

import { expect, it } from "vitest";
import { createGate } from "./gate.ts";

it("lets so many run and no more, in order, also after one failed", async () => {
  const gate = createGate(2);
  const started: number[] = [];
  const ends = [0, 1, 2, 3].map(() => Promise.withResolvers<void>());
  const all = ends.map(({ promise }, index) =>
    gate(() => {
      started.push(index);
      return promise;
    }),
  );
  expect(started).toEqual([0, 1]);
  ends[1]?.reject(new Error("away"));
  await expect(all[1]).rejects.toThrow("away");
  expect(started).toEqual([0, 1, 2]);
  ends[0]?.resolve();
  await all[0];
  expect(started).toEqual([0, 1, 2, 3]);
  ends[2]?.resolve();
  ends[3]?.resolve();
  await Promise.all([all[2], all[3]]);
  await gate(() => Promise.resolve(started.push(4)));
  expect(started).toHaveLength(5);
});

it("counts one that had to wait like any other", async () => {
  const gate = createGate(1);
  const started: string[] = [];
  const run = (name: string) => {
    const end = Promise.withResolvers<void>();
    const done = gate(() => {
      started.push(name);
      return end.promise;
    });
    return { end: end.resolve, done };
  };
  const [first, second] = [run("first"), run("second")];
  first.end();
  await first.done;
  const third = run("third");
  await Promise.resolve();
  expect(started).toEqual(["first", "second"]);
  second.end();
  await second.done;
  third.end();
  await third.done;
  expect(started).toEqual(["first", "second", "third"]);
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { createLanes } from "./lanes.ts";

const compare = (one: number, other: number) => one - other;
const task = fc.record({ key: fc.constantFrom("a", "b", "c", undefined), ticks: fc.nat({ max: 4 }) });

test("tasks of a key never overlap and run in order; every task runs", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(task, { maxLength: 40 }), async (tasks) => {
      const lanes = createLanes<number>({ compare });
      const running = new Set<string>();
      const finished: { key: string | undefined; order: number }[] = [];
      const all = tasks.map(({ key, ticks }, order) => {
        const { promise, resolve } = Promise.withResolvers<void>();
        const run = async (): Promise<void> => {
          const lane = key ?? `alone-${order}`;
          expect(running.has(lane)).toBe(false);
          running.add(lane);
          for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
          running.delete(lane);
          finished.push({ key, order });
          resolve();
        };
        lanes.add(key, { order, item: order, run });
        return promise;
      });
      await Promise.all(all);
      expect(finished).toHaveLength(tasks.length);
      for (const key of ["a", "b", "c"]) {
        const orders = finished.filter((one) => one.key === key).map((one) => one.order);
        expect(orders).toEqual(orders.toSorted((left, right) => left - right));
      }
    }),
  );
});

test("a task that belongs earlier overtakes those that wait, not the one that runs", async () => {
  const lanes = createLanes<number>({ compare });
  const seen: number[] = [];
  const gate = Promise.withResolvers<void>();
  const add = (order: number, run: () => Promise<void>): void =>
    lanes.add("key", { order, item: order, run });
  add(5, () => gate.promise.then(() => void seen.push(5)));
  for (const order of [9, 7, 8, 2]) add(order, async () => void seen.push(order));
  gate.resolve();
  await expect.poll(() => seen).toEqual([5, 2, 7, 8, 9]);
});

test("a task that waits lets those that belong earlier pass, in order, and no others", async () => {
  const lanes = createLanes<number>({ compare });
  const seen: number[] = [];
  const gate = Promise.withResolvers<void>();
  lanes.add("key", {
    order: 5,
    item: 5,
    run: async ({ runEarlierFirst, queuedBehind }) => {
      await gate.promise;
      expect(queuedBehind()).toEqual([2, 3, 9]);
      await runEarlierFirst();
      seen.push(5);
    },
  });
  for (const order of [9, 3, 2])
    lanes.add("key", { order, item: order, run: async () => void seen.push(order) });
  gate.resolve();
  await expect.poll(() => seen).toEqual([2, 3, 5, 9]);
});

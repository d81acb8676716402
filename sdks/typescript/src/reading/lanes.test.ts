import { describe, expect, it } from "vitest";
import { createLanes } from "./lanes.ts";

describe("lanes", () => {
  it("runs tasks of one key in order, also when one fails", async () => {
    const lanes = createLanes(8);
    const done: number[] = [];
    for (const index of [1, 2, 3]) {
      const run = async () => {
        await new Promise((resolve) => setImmediate(resolve));
        done.push(index);
        if (index === 1) throw new Error("only frees its place");
      };
      lanes.add("a", { order: index, run });
    }
    await lanes.idle();
    expect(done).toEqual([1, 2, 3]);
  });

  it("puts what came again before what came later", async () => {
    const lanes = createLanes(8);
    const done: number[] = [];
    for (const order of [1, 3, 4, 2]) lanes.add("a", { order, run: async () => void done.push(order) });
    await lanes.idle();
    expect(done).toEqual([1, 2, 3, 4]);
  });

  it("lets other keys pass a waiting one, up to the limit", async () => {
    const lanes = createLanes(2);
    const latches = new Map(["a", "b", "c"].map((key) => [key, Promise.withResolvers<void>()]));
    const begun: string[] = [];
    for (const [key, latch] of latches) {
      const run = async () => {
        begun.push(key);
        await latch.promise;
      };
      lanes.add(key, { order: 0, run });
    }
    await new Promise((resolve) => setImmediate(resolve));
    expect(begun).toEqual(["a", "b"]);
    latches.get("b")?.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    expect(begun).toEqual(["a", "b", "c"]);
    for (const latch of latches.values()) latch.resolve();
    await lanes.idle();
  });
});

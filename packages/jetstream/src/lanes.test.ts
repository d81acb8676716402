import { describe, expect, it } from "vitest";
import { createLanes } from "./lanes.ts";

interface Stored {
  readonly seq: number;
  readonly timeMs: number;
}

const at = (seq: number, timeMs = 1_000): Stored => ({ seq, timeMs });
const compare = (one: Stored, other: Stored) => one.timeMs - other.timeMs || one.seq - other.seq;
const item = undefined;

describe("lanes", () => {
  it("runs tasks of one key in order, also when one fails", async () => {
    const lanes = createLanes<undefined, Stored>({ compare, limit: 8 });
    const done: number[] = [];
    for (const index of [1, 2, 3]) {
      const run = async () => {
        await new Promise((resolve) => setImmediate(resolve));
        done.push(index);
        if (index === 1) throw new Error("only frees its place");
      };
      lanes.add("a", { item, order: at(index), run });
    }
    await lanes.idle();
    expect(done).toEqual([1, 2, 3]);
  });

  it("puts what came again before what came later", async () => {
    const lanes = createLanes<undefined, Stored>({ compare, limit: 8 });
    const done: number[] = [];
    for (const seq of [1, 3, 4, 2])
      lanes.add("a", { item, order: at(seq), run: async () => void done.push(seq) });
    await lanes.idle();
    expect(done).toEqual([1, 2, 3, 4]);
  });

  it("puts messages of a recreated stream behind those of the former one", async () => {
    const lanes = createLanes<undefined, Stored>({ compare, limit: 8 });
    const done: number[] = [];
    for (const [seq, timeMs] of [
      [7, 1_000],
      [8, 1_000],
      [1, 2_000],
      [9, 1_000],
    ] as const) {
      lanes.add("a", { item, order: at(seq, timeMs), run: async () => void done.push(seq) });
    }
    await lanes.idle();
    expect(done).toEqual([7, 8, 9, 1]);
  });

  it("keeps the limit when a task that has waited for a place runs", async () => {
    const lanes = createLanes<undefined, Stored>({ compare, limit: 1 });
    let running = 0;
    let most = 0;
    const add = (key: string, onRun?: () => void) => {
      const run = async () => {
        running += 1;
        most = Math.max(most, running);
        onRun?.();
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
      };
      lanes.add(key, { item, order: at(1), run });
    };
    add("a");
    add("b", () => add("c"));
    await lanes.idle();
    expect(most).toBe(1);
  });

  it("lets a task wait for its turn, behind one that comes meanwhile, without taking a place", async () => {
    const lanes = createLanes<undefined, Stored>({ compare, limit: 1 });
    const done: string[] = [];
    const asked = Promise.withResolvers<void>();
    const mayGo = Promise.withResolvers<boolean>();
    let turns = 0;
    const hasTurn = () => {
      turns += 1;
      if (turns > 1) return true;
      asked.resolve();
      return mayGo.promise;
    };
    lanes.add("a", { item, order: at(2), run: async () => void done.push("second"), hasTurn });
    await asked.promise;
    lanes.add("b", { item, order: at(9), run: async () => void done.push("another conversation") });
    await new Promise((resolve) => setImmediate(resolve));
    lanes.add("a", { item, order: at(1), run: async () => void done.push("first") });
    mayGo.resolve(false);
    await lanes.idle();
    expect(done).toEqual(["another conversation", "first", "second"]);
    expect(turns).toBe(2);
  });

  it("runs nothing that has no turn, however often it is asked", async () => {
    const lanes = createLanes<undefined, Stored>({ compare, limit: 1 });
    const turns = [false, false, true];
    const asked: boolean[] = [];
    const hasTurn = async () => {
      const turn = turns.shift() ?? true;
      asked.push(turn);
      return turn;
    };
    const done: boolean[][] = [];
    lanes.add("a", { item, order: at(1), run: async () => void done.push([...asked]), hasTurn });
    await lanes.idle();
    expect(done).toEqual([[false, false, true]]);
  });

  it("lets other keys pass a waiting one, up to the limit", async () => {
    const lanes = createLanes<undefined, Stored>({ compare, limit: 2 });
    const latches = new Map(["a", "b", "c"].map((key) => [key, Promise.withResolvers<void>()]));
    const begun: string[] = [];
    for (const [key, latch] of latches) {
      const run = async () => {
        begun.push(key);
        await latch.promise;
      };
      lanes.add(key, { item, order: at(0), run });
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

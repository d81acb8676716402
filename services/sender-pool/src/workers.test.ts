import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { laneOf } from "./delivery/lane-of.ts";
import { createWorkers } from "./workers.ts";

const never = new AbortController().signal;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("laneOf", () => {
  it("keeps a post and its edit in one lane", () => {
    expect(laneOf("mio.outbound.slack.a.c")).toBe("a/c");
    expect(laneOf("mio.outbound.slack.a.c.cmd-1")).toBe("a/c");
    expect(laneOf("mio.outbound.slack.a.d")).not.toBe("a/c");
    expect(laneOf("mio.outbound.odd")).toBeUndefined();
  });
});

describe("workers", () => {
  it("give one account no more than its share, and the rest to others", async () => {
    const workers = createWorkers({ total: 3, perAccount: 2 });
    const order: string[] = [];
    const enter = async (id: string): Promise<Disposable> => {
      const worker = await workers.enter(id, never);
      order.push(id);
      return worker;
    };
    const first = enter("a");
    void enter("a");
    void enter("a");
    void enter("b");
    await turn();
    expect(order).toEqual(["a", "a", "b"]);
    (await first)[Symbol.dispose]();
    await turn();
    expect(order).toEqual(["a", "a", "b", "a"]);
    expect(workers.inFlight).toBe(3);
  });

  it("serve accounts in turns when all workers are busy", async () => {
    const workers = createWorkers({ total: 1, perAccount: 1 });
    const order: string[] = [];
    const work = async (id: string): Promise<void> => {
      using _worker = await workers.enter(id, never);
      order.push(id);
      await turn();
    };
    await Promise.all([work("a"), work("a"), work("a"), work("b"), work("c")]);
    expect(order).toEqual(["a", "b", "c", "a", "a"]);
    expect(workers.inFlight).toBe(0);
  });

  it("let go of whoever stops waiting, and give the worker to the next", async () => {
    const workers = createWorkers({ total: 1, perAccount: 1 });
    const stop = new AbortController();
    const worker = await workers.enter("a", never);
    const given = workers.enter("a", stop.signal);
    const next = workers.enter("b", never);
    stop.abort(new Error("stopping"));
    await expect(given).rejects.toThrow("stopping");
    worker[Symbol.dispose]();
    (await next)[Symbol.dispose]();
    expect(workers.inFlight).toBe(0);
    await expect(workers.enter("a", stop.signal)).rejects.toThrow("stopping");
  });

  it("never exceed a limit, starve nobody and lose no worker", async () => {
    const work = fc.record({
      account: fc.constantFrom("a", "b", "c"),
      turns: fc.integer({ min: 0, max: 3 }),
    });
    const limits = fc.record({
      total: fc.integer({ min: 1, max: 4 }),
      perAccount: fc.integer({ min: 1, max: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(work, { maxLength: 30 }), limits, async (all, limit) => {
        const workers = createWorkers(limit);
        const running = new Map<string, number>();
        const run = async ({ account, turns }: { account: string; turns: number }): Promise<void> => {
          using _worker = await workers.enter(account, never);
          running.set(account, (running.get(account) ?? 0) + 1);
          expect(running.get(account)).toBeLessThanOrEqual(limit.perAccount);
          expect(workers.inFlight).toBeLessThanOrEqual(limit.total);
          for (let index = 0; index < turns; index += 1) await turn();
          running.set(account, (running.get(account) ?? 0) - 1);
        };
        await Promise.all(all.map(run));
        expect(workers.inFlight).toBe(0);
      }),
      { numRuns: 50 },
    );
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CallEnd, type Caller, createWorkers, type Slot, type Workers } from "./workers.ts";

const never = new AbortController().signal;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const caller = (accountId: string, host = "h"): Caller => ({ accountId, host });

/** Many calls of one account: which of them got a slot, and how to end them. */
function crowd(workers: Workers, count: number, who: Caller) {
  const slots: Slot[] = [];
  for (let index = 0; index < count; index += 1)
    void workers.acquire(who, never).then((slot) => slots.push(slot));
  return {
    get size() {
      return slots.length;
    },
    /** Ends the first call. */
    end(how?: CallEnd) {
      const slot = slots.shift();
      if (slot === undefined) throw new Error("no call is under way");
      if (how !== undefined) slot.ended(how);
      slot[Symbol.dispose]();
    },
  };
}

describe("workers", () => {
  it("give one account no more than its share, and the rest to others", async () => {
    const workers = createWorkers({ total: 3, perHost: 100, perAccount: 2 });
    const order: string[] = [];
    const enter = async (id: string): Promise<Disposable> => {
      const worker = await workers.acquire(caller(id), never);
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
    const workers = createWorkers({ total: 1, perHost: 100, perAccount: 1 });
    const order: string[] = [];
    const work = async (id: string): Promise<void> => {
      using _worker = await workers.acquire(caller(id), never);
      order.push(id);
      await turn();
    };
    await Promise.all([work("a"), work("a"), work("a"), work("b"), work("c")]);
    expect(order).toEqual(["a", "b", "c", "a", "a"]);
    expect(workers.inFlight).toBe(0);
  });

  it("give a slot at once or none, and skip no waiting call", async () => {
    const workers = createWorkers({ total: 2, perHost: 100, perAccount: 1 });
    const first = workers.tryAcquire(caller("a"));
    expect(first).toBeDefined();
    const waiting = crowd(workers, 1, caller("a"));
    expect(workers.tryAcquire(caller("a"))).toBeUndefined();
    first?.[Symbol.dispose]();
    await turn();
    expect([waiting.size, workers.tryAcquire(caller("a")), workers.inFlight]).toEqual([1, undefined, 1]);
    waiting.end();
    expect(workers.inFlight).toBe(0);
  });

  it("drop a call that stops waiting, and give the slot to the next", async () => {
    const workers = createWorkers({ total: 1, perHost: 100, perAccount: 1 });
    const stop = new AbortController();
    const worker = await workers.acquire(caller("a"), never);
    const given = workers.acquire(caller("a"), stop.signal);
    const next = workers.acquire(caller("b"), never);
    stop.abort(new Error("stopping"));
    await expect(given).rejects.toThrow("stopping");
    worker[Symbol.dispose]();
    (await next)[Symbol.dispose]();
    expect(workers.inFlight).toBe(0);
    await expect(workers.acquire(caller("a"), stop.signal)).rejects.toThrow("stopping");
  });

  it("leave slots at a host for others, however many of its accounts hang", async () => {
    const workers = createWorkers({ total: 1_000, perHost: 100, perAccount: 32 });
    const hanging = Array.from({ length: 20 }, (_, index) => crowd(workers, 50, caller(`hangs ${index}`)));
    await turn();
    for (const { size } of hanging) expect(size).toBeGreaterThan(0);
    expect(workers.inFlight).toBeLessThan(100);
    const healthy = crowd(workers, 1, caller("healthy"));
    await turn();
    expect(healthy.size).toBe(1);
  });

  it("let an account have one call more with each answer, up to its limit, and fewer when it has less to do", async () => {
    const workers = createWorkers({ total: 1_000, perHost: 1_000, perAccount: 7 });
    const calls = crowd(workers, 30, caller("a"));
    await turn();
    const sizes: number[] = [calls.size];
    for (let count = 0; count < 5; count += 1) {
      calls.end("answered");
      await turn();
      sizes.push(calls.size);
    }
    expect(sizes).toEqual([4, 5, 6, 7, 7, 7]);
    for (let count = 0; count < 24; count += 1) {
      calls.end("answered");
      await turn();
    }
    expect(calls.size).toBe(1);
    const next = crowd(workers, 30, caller("a"));
    await turn();
    expect(next.size).toBe(3);
  });

  it("give an account at most a quarter of the free slots of its host", async () => {
    const workers = createWorkers({ total: 1_000, perHost: 12, perAccount: 32 });
    const calls = crowd(workers, 10, caller("a"));
    await turn();
    expect(calls.size).toBe(2);
  });

  it("let others begin once a call is answered, before its slot is released", async () => {
    const workers = createWorkers({ total: 1_000, perHost: 1_000, perAccount: 7 });
    const calls = crowd(workers, 4, caller("a"));
    await turn();
    const [first] = [await workers.acquire(caller("b"), never)];
    const more = crowd(workers, 4, caller("a"));
    const waiting = crowd(workers, 4, caller("b"));
    await turn();
    expect([calls.size, more.size, waiting.size]).toEqual([4, 0, 3]);
    first.ended("answered");
    await turn();
    expect(waiting.size).toBe(4);
    first[Symbol.dispose]();
  });

  it("bound the calls to one host, and leave other hosts alone", async () => {
    const workers = createWorkers({ total: 5, perHost: 3, perAccount: 4 });
    const crowds = ["a", "b", "c", "d"].map((id) => crowd(workers, 1, caller(id)));
    const elsewhere = crowd(workers, 1, caller("e", "other"));
    await turn();
    expect(crowds.map(({ size }) => size)).toEqual([1, 1, 1, 0]);
    expect(elsewhere.size).toBe(1);
    crowds[1]?.end();
    await turn();
    expect(crowds.map(({ size }) => size)).toEqual([1, 0, 1, 1]);
  });
});

describe("the breaker", () => {
  const limits = { total: 1_000, perHost: 100, perAccount: 4 };

  it("lets an account have one call at a time after three without an answer, until one is answered", async () => {
    const workers = createWorkers(limits);
    const calls = crowd(workers, 20, caller("a"));
    await turn();
    expect(calls.size).toBe(4);
    for (const left of [4, 4]) {
      calls.end("silent");
      await turn();
      expect([calls.size, workers.silent.accounts]).toEqual([left, 0]);
    }
    for (const left of [3, 2, 1, 1, 1]) {
      calls.end("silent");
      await turn();
      expect([calls.size, workers.silent.accounts]).toEqual([left, 1]);
    }
    calls.end("answered");
    await turn();
    expect(workers.silent.accounts).toBe(0);
    // Those of before and one more.
    expect(calls.size).toBe(4);
  });

  it("counts deadlines in a row only, and remembers them while an account rests", async () => {
    const workers = createWorkers(limits);
    for (const end of ["silent", "silent", "answered", "silent", "silent"] as const) {
      const calls = crowd(workers, 1, caller("a"));
      await turn();
      calls.end(end);
    }
    expect(workers.silent.accounts).toBe(0);
    const third = crowd(workers, 1, caller("a"));
    await turn();
    third.end("silent");
    expect(workers.silent.accounts).toBe(1);
  });

  it("is not opened for a host by one account, nor by many while the host answers others", async () => {
    const workers = createWorkers(limits);
    const alone = crowd(workers, 9, caller("alone"));
    await turn();
    for (let count = 0; count < 9; count += 1) {
      alone.end("silent");
      await turn();
    }
    expect(workers.silent).toEqual({ accounts: 1, hosts: 0 });
    const hanging = ["a", "b", "c", "d"].map((id) => crowd(workers, 1, caller(id)));
    const healthy = crowd(workers, 1, caller("healthy"));
    await turn();
    healthy.end("answered");
    for (const calls of hanging) calls.end("silent");
    expect(workers.silent.hosts).toBe(0);
  });

  it("probes a host that answers none of three accounts, and lets an account that is well try as well", async () => {
    const workers = createWorkers(limits);
    const hanging = ["a", "b", "c"].map((id) => crowd(workers, 12, caller(id)));
    await turn();
    for (const calls of hanging) {
      calls.end("silent");
      await turn();
    }
    expect(workers.silent.hosts).toBe(1);
    for (const calls of hanging) while (calls.size > 0) calls.end("silent");
    await turn();
    expect(workers.inFlight).toBe(1);
    const healthy = crowd(workers, 2, caller("healthy"));
    const elsewhere = crowd(workers, 2, caller("x", "other"));
    await turn();
    expect([healthy.size, elsewhere.size]).toEqual([1, 2]);
    healthy.end("answered");
    await turn();
    expect(workers.silent.hosts).toBe(0);
    expect(healthy.size).toBe(1);
    expect(hanging.every(({ size }) => size > 0)).toBe(true);
  });
});

describe("under any load, workers", () => {
  it("never exceed a limit, starve no account and lose no slot", async () => {
    const work = fc.record({
      account: fc.constantFrom("a", "b", "c"),
      host: fc.constant("h"),
      turns: fc.integer({ min: 0, max: 3 }),
      end: fc.constantFrom<CallEnd | undefined>("answered", "silent", undefined),
    });
    const upTo4 = fc.integer({ min: 1, max: 4 });
    const limits = fc.record({ total: upTo4, perHost: upTo4, perAccount: upTo4 });
    await fc.assert(
      fc.asyncProperty(fc.array(work, { maxLength: 30 }), limits, async (all, limit) => {
        const workers = createWorkers(limit);
        const running = new Map<string, number>();
        const run = async ({ account, host, turns, end }: (typeof all)[number]): Promise<void> => {
          using slot = await workers.acquire({ accountId: account, host }, never);
          running.set(account, (running.get(account) ?? 0) + 1);
          expect(running.get(account)).toBeLessThanOrEqual(limit.perAccount);
          expect(workers.inFlight).toBeLessThanOrEqual(Math.min(limit.total, limit.perHost));
          for (let index = 0; index < turns; index += 1) await turn();
          if (end !== undefined) slot.ended(end);
          running.set(account, (running.get(account) ?? 0) - 1);
        };
        await Promise.all(all.map(run));
        expect(workers.inFlight).toBe(0);
      }),
      { numRuns: 50 },
    );
  });
});

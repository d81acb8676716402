import { describe, expect, it } from "vitest";
import { createSemaphore } from "./semaphore.ts";

describe("createSemaphore", () => {
  it("hands out as many slots as it has", () => {
    const semaphore = createSemaphore(2);
    expect([1, 2, 3].map(() => semaphore.tryAcquire())).toEqual([true, true, false]);
    semaphore.release();
    expect(semaphore.tryAcquire()).toBe(true);
  });

  it("hands a slot to the caller that has waited longest", async () => {
    const semaphore = createSemaphore(1);
    await semaphore.acquire();
    const order: string[] = [];
    const waits = ["first", "second"].map(async (name) => {
      await semaphore.acquire();
      order.push(name);
    });
    semaphore.release();
    expect(semaphore.tryAcquire()).toBe(false);
    await waits[0];
    expect(order).toEqual(["first"]);
    semaphore.release();
    await waits[1];
    expect(order).toEqual(["first", "second"]);
  });

  it("runs no more at once than it has slots, and frees the slot of work that fails", async () => {
    const semaphore = createSemaphore(3);
    let running = 0;
    let most = 0;
    const work = async (index: number): Promise<void> => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      if (index % 2 === 0) throw new Error("failed");
    };
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) => semaphore.run(() => work(index))),
    );
    expect(most).toBe(3);
    expect(results.filter(({ status }) => status === "rejected")).toHaveLength(10);
    expect([1, 2, 3, 4].map(() => semaphore.tryAcquire())).toEqual([true, true, true, false]);
  });

  it("gives up after the time limit without taking a slot", async () => {
    const semaphore = createSemaphore(1);
    await semaphore.acquire();
    await expect(semaphore.acquire({ timeoutMs: 5 })).resolves.toBe(false);
    semaphore.release();
    expect(semaphore.tryAcquire()).toBe(true);
  });

  it("gives up when the signal aborts, before or during the wait", async () => {
    const semaphore = createSemaphore(1);
    await semaphore.acquire();
    await expect(semaphore.acquire({ signal: AbortSignal.abort() })).resolves.toBe(false);
    const abort = new AbortController();
    const waiting = semaphore.acquire({ signal: abort.signal });
    abort.abort();
    await expect(waiting).resolves.toBe(false);
    semaphore.release();
    expect(semaphore.tryAcquire()).toBe(true);
  });

  it.each([0, -1, 1.5, Number.NaN])("refuses %s slots", (slots) => {
    expect(() => createSemaphore(slots)).toThrow(expect.objectContaining({ code: "internal.misuse" }));
  });
});

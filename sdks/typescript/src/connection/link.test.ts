import { getEventListeners } from "node:events";
import { describe, expect, it, vi } from "vitest";
import { createLink, LinkLostError } from "./link.ts";

/** Counts what is done to a signal that lives as long as an agent does. */
function watchedSignal() {
  const controller = new AbortController();
  const { signal } = controller;
  const add = signal.addEventListener.bind(signal);
  let added = 0;
  signal.addEventListener = (...parts: Parameters<typeof add>) => {
    added += 1;
    add(...parts);
  };
  return { controller, signal, added: () => added, left: () => getEventListeners(signal, "abort").length };
}

describe("link", () => {
  it("gives up a call whose connection is lost, and only that", async () => {
    const link = createLink();
    const never = new Promise<string>(() => {});
    const given = link.guard(never);
    link.lost();
    await expect(given).rejects.toBeInstanceOf(LinkLostError);
    expect(await link.guard(Promise.resolve("answer"))).toBe("answer");
  });

  it("lets wait for the connection, or for the end of patience", async () => {
    const link = createLink();
    await link.whenUp(new AbortController().signal);
    link.lost();
    expect(link.isUp).toBe(false);
    const stop = new AbortController();
    const waits = [link.whenUp(stop.signal), link.whenUp(new AbortController().signal)];
    stop.abort();
    await waits[0];
    await link.whenUp(undefined, 1);
    expect(link.isUp).toBe(false);
    link.restored();
    await waits[1];
    expect(link.isUp).toBe(true);
  });

  it("waits through a second loss", async () => {
    const link = createLink();
    link.lost();
    let isOver = false;
    const waiting = link.whenUp().then(() => {
      isOver = true;
    });
    link.lost();
    await new Promise((resolve) => setImmediate(resolve));
    expect(isOver).toBe(false);
    link.restored();
    await waiting;
  });

  it("calls listeners at each loss until they are removed", () => {
    const link = createLink();
    let losses = 0;
    const off = link.onLost(() => {
      losses += 1;
    });
    link.lost();
    link.lost();
    off();
    link.lost();
    expect(losses).toBe(2);
  });

  it("keeps no listener after a call has ended", async () => {
    const added = vi.spyOn(Set.prototype, "add");
    const removed = vi.spyOn(Set.prototype, "delete");
    const link = createLink();
    await link.guard(Promise.resolve("answer"));
    await link.guard(Promise.reject(new Error("no"))).catch(() => {});
    const listeners = added.mock.calls.flat().filter((each) => typeof each === "function");
    expect(listeners).toHaveLength(2);
    expect(removed.mock.calls.flat()).toEqual(expect.arrayContaining(listeners));
    vi.restoreAllMocks();
  });

  it("registers nothing for 200,000 waits while the connection is up", async () => {
    const link = createLink();
    const { signal, added, left } = watchedSignal();
    for (let wait = 0; wait < 200_000; wait += 1) await link.whenUp(signal, 1_000);
    expect([added(), left()]).toEqual([0, 0]);
  });

  it("leaves no listener after 20,000 waits for the connection", async () => {
    const link = createLink();
    const { signal, added, left } = watchedSignal();
    for (let wait = 0; wait < 20_000; wait += 1) {
      link.lost();
      const waiting = link.whenUp(signal, 60_000);
      link.restored();
      await waiting;
    }
    expect([added(), left()]).toEqual([20_000, 0]);
  });
});

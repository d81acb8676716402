import { describe, expect, it } from "vitest";
import { createDownloadSlots, type DownloadLimits, type DownloadSlots } from "./download-slots.ts";

const { signal } = new AbortController();
const limits: DownloadLimits = { total: 4, perAccount: 2, perHost: 2 };

/** Acquires slots by name, `account@host`, and records the order of acquisition. */
function recorder(slots: DownloadSlots) {
  const started: string[] = [];
  const held = new Map<string, Disposable[]>();
  const ask = (name: string, waitUntil: AbortSignal = signal): Promise<void> => {
    const [accountId = "", host = ""] = name.split("@");
    return slots.acquire({ accountId, host }, waitUntil).then((slot) => {
      started.push(name);
      held.set(name, [...(held.get(name) ?? []), slot]);
    });
  };
  const release = (name: string): Promise<void> => {
    held.get(name)?.shift()?.[Symbol.dispose]();
    return settled();
  };
  return { started, ask, release };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("createDownloadSlots", () => {
  it("starts no more than the total, and the next waiter when a slot is released", async () => {
    const slots = createDownloadSlots({ total: 2, perAccount: 2, perHost: 2 });
    const { started, ask, release } = recorder(slots);
    for (const name of ["a@1", "b@2", "c@3", "d@4"]) void ask(name);
    await settled();
    expect(started).toEqual(["a@1", "b@2"]);
    expect([slots.taken, slots.waiting]).toEqual([2, 2]);
    await release("a@1");
    expect(started).toEqual(["a@1", "b@2", "c@3"]);
    for (const name of ["b@2", "c@3", "d@4"]) await release(name);
    expect([slots.taken, slots.waiting]).toEqual([0, 0]);
  });

  it("limits an account with a thousand files to half of the slots", async () => {
    const slots = createDownloadSlots(limits);
    const { started, ask } = recorder(slots);
    for (let file = 0; file < 1_000; file += 1) void ask(`flood@${file}`);
    void ask("other@x");
    await settled();
    expect(started.map((name) => name.split("@")[0])).toEqual(["flood", "flood", "other"]);
  });

  it("limits a hanging host to half of the slots, even within one account", async () => {
    const slots = createDownloadSlots({ ...limits, perAccount: 3 });
    const { started, ask } = recorder(slots);
    for (const name of ["a@hangs", "a@hangs", "a@hangs", "b@hangs", "a@fine"]) void ask(name);
    await settled();
    expect(started).toEqual(["a@hangs", "a@hangs", "a@fine"]);
  });

  it("serves accounts in turn, and each account in order of arrival", async () => {
    const slots = createDownloadSlots({ total: 1, perAccount: 1, perHost: 1 });
    const { started, ask, release } = recorder(slots);
    for (const name of ["a@1", "a@2", "a@3", "b@1", "b@2", "c@1"]) void ask(name);
    await settled();
    for (let turn = 0; turn < 6; turn += 1) await release(started.at(-1) ?? "");
    expect(started).toEqual(["a@1", "a@2", "b@1", "c@1", "a@3", "b@2"]);
  });

  it("starts every waiter that a released slot allows", async () => {
    const slots = createDownloadSlots({ total: 3, perAccount: 1, perHost: 1 });
    const { started, ask, release } = recorder(slots);
    for (const name of ["a@1", "a@2", "b@1"]) void ask(name);
    await settled();
    expect(started).toEqual(["a@1"]);
    await release("a@1");
    expect(started).toEqual(["a@1", "a@2", "b@1"]);
  });

  it("loses no slot to an aborted waiter", async () => {
    const slots = createDownloadSlots({ total: 1, perAccount: 1, perHost: 1 });
    const { started, ask, release } = recorder(slots);
    const abort = new AbortController();
    void ask("a@1");
    const impatient = ask("a@2", abort.signal);
    void ask("a@3");
    abort.abort(new Error("enough"));
    await expect(impatient).rejects.toThrow("enough");
    await release("a@1");
    expect(started).toEqual(["a@1", "a@3"]);
    await release("a@3");
    expect([slots.taken, slots.waiting]).toEqual([0, 0]);
    await expect(ask("a@4", abort.signal)).rejects.toThrow("enough");
  });
});

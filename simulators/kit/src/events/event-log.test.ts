import { describe, expect, it } from "vitest";
import { createEventLog } from "./event-log.ts";

const newLog = (capacity = 100) => createEventLog<string>({ capacity, now: () => new Date(0) });

describe("the event log", () => {
  it("numbers events and returns those after a number", () => {
    const log = newLog();
    for (const event of ["a", "b", "c"]) log.append(event);
    expect(log.lastSeq).toBe(3);
    expect(log.recent(1).map(({ seq, event }) => [seq, event])).toEqual([
      [2, "b"],
      [3, "c"],
    ]);
  });

  it("keeps at least its capacity and at most twice as many", () => {
    const log = newLog(10);
    for (let index = 0; index < 1_000; index += 1) {
      log.append(String(index));
      expect(log.recent().length).toBeLessThan(20);
    }
    expect(log.recent().length).toBeGreaterThanOrEqual(10);
    expect(log.recent().at(-1)?.event).toBe("999");
    expect(log.recent(995).map(({ event }) => event)).toEqual(["995", "996", "997", "998", "999"]);
  });

  it("calls listeners until they unsubscribe", () => {
    const log = newLog();
    const heard: string[] = [];
    const off = log.on(({ event }) => heard.push(event));
    log.append("a");
    off();
    log.append("b");
    expect(heard).toEqual(["a"]);
  });

  it("streams past and new events in order, without gaps", async () => {
    const log = newLog();
    log.append("old");
    const stop = new AbortController();
    const after: Readonly<Record<string, () => void>> = {
      old: () => ["a", "b"].forEach(log.append),
      b: () => queueMicrotask(() => log.append("c")),
      c: () => stop.abort(),
    };
    const seen: string[] = [];
    for await (const { event } of log.stream({ signal: stop.signal })) {
      seen.push(event);
      after[event]?.();
    }
    expect(seen).toEqual(["old", "a", "b", "c"]);
  });

  it("ends a waiting stream when the signal aborts", async () => {
    const stop = new AbortController();
    const next = newLog().stream({ signal: stop.signal }).next();
    stop.abort();
    expect(await next).toEqual({ done: true, value: undefined });
  });
});

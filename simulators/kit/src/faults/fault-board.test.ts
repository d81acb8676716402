import type { Clock } from "@mio/pacing";
import { describe, expect, it } from "vitest";
import type { Gate } from "../serve/gate.ts";
import { createFaultBoard } from "./fault-board.ts";

/** A board with a recorded port, and a clock whose sleeps the test ends. */
function openBoard() {
  const port: string[] = [];
  const sleeps: { readonly ms: number; readonly end: () => void }[] = [];
  const gate: Gate = {
    open: () => port.push("open"),
    shut: () => port.push("shut"),
    settled: async () => undefined,
  };
  const clock: Pick<Clock, "sleep"> = {
    sleep: (ms) => new Promise((resolve) => sleeps.push({ ms, end: resolve })),
  };
  const board = createFaultBoard<"broken" | "once", { readonly times?: number; readonly ms?: number }>({
    defaultTimes: (name) => (name === "once" ? 1 : undefined),
    changed: () => undefined,
    port: () => gate,
    clock,
    closing: new AbortController().signal,
  });
  return { board, port, sleeps };
}

describe("the fault board", () => {
  it("takes a fault as often as its default says", () => {
    const { board } = openBoard();
    board.set("once");
    expect([board.take("once")?.name, board.take("once")?.name]).toEqual(["once", undefined]);
  });

  it("strikes with the first fault that applies, and delays by `slow`", () => {
    const { board } = openBoard();
    board.set("slow");
    board.set("broken");
    board.set("once");
    expect(board.strike(() => true)).toMatchObject({ delayMs: 1_000, fault: { name: "broken" } });
    expect(board.strike(({ name }) => name === "once")).toMatchObject({
      delayMs: 0,
      fault: { name: "once" },
    });
    expect(board.active()).toMatchObject([
      { name: "slow", hits: 1 },
      { name: "broken", hits: 1 },
    ]);
  });

  it("closes the port once, and opens it when the fault is cleared", () => {
    const { board, port } = openBoard();
    board.set("refuse_connections");
    board.set("broken");
    board.clear();
    expect(port).toEqual(["shut", "open"]);
  });

  it("opens the port after the time of the fault", async () => {
    const { board, port, sleeps } = openBoard();
    board.set("refuse_connections", { ms: 5 });
    expect(sleeps.map(({ ms }) => ms)).toEqual([5]);
    sleeps[0]?.end();
    await Promise.resolve();
    expect(port).toEqual(["shut", "open"]);
    expect(board.active()).toEqual([]);
  });
});

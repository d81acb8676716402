import { systemClock } from "@mio/pacing";
import { describe, expect, it } from "vitest";
import { createFaultBoard, faultNames, isFaultName } from "./faults.ts";

const newBoard = (changed: () => void = () => undefined) =>
  createFaultBoard({
    changed,
    port: () => undefined,
    clock: systemClock,
    closing: new AbortController().signal,
  });
const strikes = (board: ReturnType<typeof newBoard>, count: number) =>
  Array.from({ length: count }, () => board.strike("post").fault?.name);

describe("the fault board", () => {
  it("strikes as often as `times` says", () => {
    const board = newBoard();
    board.set("server_error", { times: 2 });
    expect(strikes(board, 3)).toEqual(["server_error", "server_error", undefined]);
  });

  it("strikes until cleared, and counts its hits", () => {
    const board = newBoard();
    board.set("throttle400");
    strikes(board, 5);
    expect(board.active()).toMatchObject([{ name: "throttle400", remaining: undefined, hits: 5 }]);
    board.clear("throttle400");
    expect(strikes(board, 1)).toEqual([undefined]);
  });

  it("rejects a token once by default", () => {
    const board = newBoard();
    board.set("unauthorized_once");
    expect(strikes(board, 2)).toEqual(["unauthorized_once", undefined]);
  });

  it("does not strike or count other calls", () => {
    const board = newBoard();
    board.set("login_page", { times: 1 });
    expect(strikes(board, 3)).toEqual([undefined, undefined, undefined]);
    expect(board.strike("file").fault?.name).toBe("login_page");
  });

  it("combines `slow` with one other fault, the one set first", () => {
    const board = newBoard();
    board.set("slow", { ms: 5 });
    board.set("rate_limited", { times: 1 });
    board.set("server_error");
    expect(board.strike("post")).toMatchObject({ delayMs: 5, fault: { name: "rate_limited" } });
    expect(board.strike("post")).toMatchObject({ delayMs: 5, fault: { name: "server_error" } });
  });

  it("reports each change", () => {
    let changes = 0;
    const board = newBoard(() => {
      changes += 1;
    });
    board.set("slow");
    board.strike("post");
    board.strike("other");
    board.clear();
    expect(changes).toBe(3);
  });

  it("lists its names", () => {
    expect(faultNames).toHaveLength(18);
    expect(faultNames.every(isFaultName)).toBe(true);
    expect(isFaultName("toString")).toBe(false);
  });
});

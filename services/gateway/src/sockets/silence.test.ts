import { describe, expect, test } from "vitest";
import { createSilenceWatch } from "./silence-watch.ts";
import { describeQuiet, type SocketStatus } from "./socket-status.ts";

const hour = 3_600_000;
const open = (accountId: string, heardAt: number): SocketStatus => ({
  ...{ accountId, state: { kind: "open" }, heardAt: new Date(heardAt) },
});
const connecting: SocketStatus = { accountId: "c", state: { kind: "connecting" }, heardAt: new Date(0) };

describe("readiness", () => {
  const at = (now: number, ...statuses: readonly SocketStatus[]) =>
    describeQuiet(statuses, { now: new Date(now), silentAfterMs: 12 * hour });

  test("tells how long each open socket has brought nothing, the longest first", () => {
    expect(
      at(13 * hour, open("a", 13 * hour - 41_000), connecting, open("b", hour), open("d", 12 * hour)),
    ).toBe("b silent for 12 h; d quiet for 60 min; a quiet for 41 s");
  });

  test("says nothing where none is open, and names only so many", () => {
    expect(at(hour, connecting)).toBeUndefined();
    const many = Array.from({ length: 22 }, (_, n) => open(`a-${n}`, 0));
    expect(at(hour, ...many)).toMatch(/^a-0 quiet.* a-19 quiet for 60 min; and 2 more$/);
  });
});

describe("a silence", () => {
  function watched() {
    const told: number[] = [];
    let now = 0;
    const watch = createSilenceWatch({
      silentAfterMs: hour,
      clock: { now: () => new Date(now) },
      onSilent: (forMs) => told.push(forMs),
    });
    return (time: number, status: SocketStatus) => {
      now = time;
      watch.look(status);
      return told.splice(0);
    };
  }

  test("is told when it is as long as the limit, not before, and once", () => {
    const look = watched();
    expect(look(hour - 1, open("a", 0))).toEqual([]);
    expect(look(hour + 5, open("a", 0))).toEqual([hour + 5]);
    expect(look(9 * hour, open("a", 0))).toEqual([]);
  });

  test("is told again after something came", () => {
    const look = watched();
    expect(look(hour, open("a", 0))).toEqual([hour]);
    expect(look(2 * hour, open("a", 2 * hour))).toEqual([]);
    expect(look(3 * hour, open("a", 2 * hour))).toEqual([hour]);
  });

  test("is none of a socket that is not open", () => {
    expect(watched()(9 * hour, connecting)).toEqual([]);
  });
});

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

  test("lists how long each open socket has been without events, longest first", () => {
    expect(
      at(13 * hour, open("a", 13 * hour - 41_000), connecting, open("b", hour), open("d", 12 * hour)),
    ).toBe("b silent for 12 h; d quiet for 60 min; a quiet for 41 s");
  });

  test("is empty without an open socket, and lists a limited number", () => {
    expect(at(hour, connecting)).toBeUndefined();
    const many = Array.from({ length: 22 }, (_, n) => open(`a-${n}`, 0));
    expect(at(hour, ...many)).toMatch(/^a-0 quiet.* a-19 quiet for 60 min; and 2 more$/);
  });
});

describe("a silence", () => {
  function watched() {
    const reported: number[] = [];
    let now = 0;
    const watch = createSilenceWatch({
      silentAfterMs: hour,
      clock: { now: () => new Date(now) },
      onSilent: (forMs) => reported.push(forMs),
    });
    return (time: number, status: SocketStatus) => {
      now = time;
      watch.look(status);
      return reported.splice(0);
    };
  }

  test("is reported once, when it reaches the limit", () => {
    const look = watched();
    expect(look(hour - 1, open("a", 0))).toEqual([]);
    expect(look(hour + 5, open("a", 0))).toEqual([hour + 5]);
    expect(look(9 * hour, open("a", 0))).toEqual([]);
  });

  test("is reported again after an event", () => {
    const look = watched();
    expect(look(hour, open("a", 0))).toEqual([hour]);
    expect(look(2 * hour, open("a", 2 * hour))).toEqual([]);
    expect(look(3 * hour, open("a", 2 * hour))).toEqual([hour]);
  });

  test("is not reported for a socket that is not open", () => {
    expect(watched()(9 * hour, connecting)).toEqual([]);
  });
});

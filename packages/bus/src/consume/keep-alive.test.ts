import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Bus } from "../connect/connection.ts";
import { arrivedAgain, type Held, toHeld } from "./held.ts";
import { keepAlive } from "./keep-alive.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] }));
afterEach(() => void vi.useRealTimers());

function heldAs(replyTo: string, changes: Partial<Held> = {}): Held {
  const headers = { get: () => undefined, entries: () => [] };
  const at = { subject: "mio.inbound.slack.acct.conv", payload: new Uint8Array(), headers };
  const stored = { streamSequence: 1, deliveryCount: 1, timestamp: new Date(0), pinEpoch: undefined };
  return { ...toHeld({ ...at, ...stored }, replyTo), ...changes };
}

/** A connection that can be down and records heartbeats. */
function scripted() {
  const signs: string[] = [];
  const connection = { isUp: true, reconnected: () => {} };
  const publish = (replyTo: string, word: Uint8Array) =>
    void signs.push(`${replyTo} ${Buffer.from(word).toString()}`);
  const onReconnect = (listener: () => void) => {
    connection.reconnected = listener;
    return () => {
      connection.reconnected = () => {};
    };
  };
  const bus = { isConnected: () => connection.isUp, onReconnect, nc: { publish } } as unknown as Bus;
  return { bus, signs, connection };
}

test("sends heartbeats for each held delivery, to its newest reply subject, until the end", () => {
  const { bus, signs } = scripted();
  const held = new Map([
    ["1", heldAs("one")],
    ["2", heldAs("two")],
  ]);
  const alive = keepAlive(bus, held, 1_000);
  vi.advanceTimersByTime(1_000);
  held.delete("2");
  const again = held.get("1");
  if (again !== undefined) arrivedAgain(again, "one again");
  vi.advanceTimersByTime(1_000);
  alive[Symbol.dispose]();
  vi.advanceTimersByTime(10_000);
  expect(signs).toEqual(["one +WPI", "two +WPI", "one again +WPI"]);
});

test("sends none for a delivery younger than the interval, and the next after one more interval", () => {
  const { bus, signs } = scripted();
  const held = new Map<string, Held>();
  using _alive = keepAlive(bus, held, 1_000);
  vi.advanceTimersByTime(400);
  held.set("1", heldAs("one"));
  vi.advanceTimersByTime(1_000);
  expect(signs).toEqual([]);
  vi.advanceTimersByTime(100);
  expect(signs).toEqual(["one +WPI"]);
  vi.advanceTimersByTime(999);
  expect(signs).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(signs).toHaveLength(2);
});

test("sends no heartbeat for an orphan", () => {
  const { bus, signs } = scripted();
  using _alive = keepAlive(bus, new Map([["1", heldAs("gone", { isOrphan: true })]]), 1_000);
  vi.advanceTimersByTime(5_000);
  expect(signs).toEqual([]);
});

test("sends no heartbeats without a connection, and all of them at once after a reconnect", () => {
  const { bus, signs, connection } = scripted();
  connection.isUp = false;
  const held = new Map([["1", heldAs("one")]]);
  const alive = keepAlive(bus, held, 1_000);
  vi.advanceTimersByTime(60_000);
  expect(signs).toEqual([]);
  connection.isUp = true;
  held.set("2", heldAs("young"));
  connection.reconnected();
  expect(signs).toEqual(["one +WPI", "young +WPI"]);
  alive[Symbol.dispose]();
  connection.reconnected();
  expect(signs).toHaveLength(2);
});

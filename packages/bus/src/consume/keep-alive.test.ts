import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Bus } from "../connect/connection.ts";
import { type Held, toHeld } from "./held.ts";
import { keepAlive } from "./keep-alive.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }));
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
  const connection = { isUp: true };
  const publish = (replyTo: string, word: Uint8Array) =>
    void signs.push(`${replyTo} ${Buffer.from(word).toString()}`);
  const bus = { isConnected: () => connection.isUp, nc: { publish } } as unknown as Bus;
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
  held.set("1", heldAs("one again"));
  vi.advanceTimersByTime(1_000);
  alive[Symbol.dispose]();
  vi.advanceTimersByTime(10_000);
  expect(signs).toEqual(["one +WPI", "two +WPI", "one again +WPI"]);
});

test("sends no heartbeat for an orphan", () => {
  const { bus, signs } = scripted();
  using _alive = keepAlive(bus, new Map([["1", heldAs("gone", { isOrphan: true })]]), 1_000);
  vi.advanceTimersByTime(5_000);
  expect(signs).toEqual([]);
});

test("sends no heartbeats without a connection", () => {
  const { bus, signs, connection } = scripted();
  connection.isUp = false;
  using _alive = keepAlive(bus, new Map([["1", heldAs("one")]]), 1_000);
  vi.advanceTimersByTime(60_000);
  expect(signs).toEqual([]);
  connection.isUp = true;
  vi.advanceTimersByTime(1_000);
  expect(signs).toEqual(["one +WPI"]);
});

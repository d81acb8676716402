import { afterEach, describe, expect, it, vi } from "vitest";
import type { Delivery } from "./delivery.ts";
import { Holding } from "./holding.ts";

afterEach(() => {
  vi.useRealTimers();
});

const aDelivery = (seq: number, working = (): void => {}): Delivery => ({
  subject: "mio.inbound_enriched.slack.account.conversation",
  data: new Uint8Array(),
  headers: undefined,
  seq,
  timeMs: 1_000 + seq,
  stream: "STREAM",
  consumer: "agent",
  consumerSeq: seq,
  deliveryCount: 1,
  working,
  ack: () => {},
  confirmedAck: async () => {},
  nak: () => {},
  confirmedNak: async () => {},
  term: () => {},
});

describe("what a reader holds", () => {
  it("is kept alive until it is released, but for what came from a stream that is gone", () => {
    vi.useFakeTimers();
    const beats: number[] = [];
    const deliveries = [1, 2, 3].map((seq) => aDelivery(seq, () => beats.push(seq)));
    const holding = new Holding();
    for (const delivery of deliveries) holding.add(delivery);
    holding.beatEvery(100);
    vi.advanceTimersByTime(100);
    expect(beats.splice(0)).toEqual([1, 2, 3]);
    // The server would take it for a heartbeat of another message.
    holding.disown(({ seq }) => seq === 1);
    for (const delivery of deliveries.slice(2)) holding.release(delivery);
    vi.advanceTimersByTime(100);
    expect(beats.splice(0)).toEqual([2]);
    holding.close();
    vi.advanceTimersByTime(1_000);
    expect(beats).toEqual([]);
  });

  it("has one heartbeat, also when it is set again, and none after the end", () => {
    vi.useFakeTimers();
    const beats: number[] = [];
    const holding = new Holding();
    holding.add(aDelivery(1, () => beats.push(1)));
    for (const interval of [100, 100, 200]) holding.beatEvery(interval);
    vi.advanceTimersByTime(400);
    expect(beats).toHaveLength(2);
    holding.close();
    // A pending timer would keep the process alive.
    expect(vi.getTimerCount()).toBe(0);
  });

  it("gives back deliveries that were not handed out, in stream order", () => {
    const holding = new Holding();
    for (const seq of [7, 4, 6, 5]) holding.add(aDelivery(seq));
    expect(holding.take()?.seq).toBe(7);
    expect(holding.releaseWaiting().map(({ seq }) => seq)).toEqual([4, 5, 6]);
    expect([holding.size, holding.taken]).toEqual([1, 1]);
  });
});

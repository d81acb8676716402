import { describe, expect, it } from "vitest";
import { createGap, type Gap } from "./gap.ts";

describe("gap", () => {
  it("counts what is missing after a lost connection, until it has come again", () => {
    const { gap } = aGap(9);
    gap.connectionLost();
    gap.arrived({ consumerSeq: 13, deliveryCount: 1 }, false);
    expect(gap.missing()).toBe(3);
    gap.arrived({ consumerSeq: 14, deliveryCount: 2 }, true);
    gap.arrived({ consumerSeq: 15, deliveryCount: 1 }, false);
    expect(gap.missing()).toBe(3);
    for (const consumerSeq of [16, 17]) gap.arrived({ consumerSeq, deliveryCount: 2 }, false);
    expect(gap.missing()).toBe(1);
    gap.arrived({ consumerSeq: 18, deliveryCount: 2 }, false);
    expect(gap.missing()).toBe(0);
  });

  it("finds nothing missing when the numbers go on", () => {
    const { gap } = aGap(9);
    gap.connectionLost();
    gap.arrived({ consumerSeq: 10, deliveryCount: 1 }, false);
    gap.arrived({ consumerSeq: 12, deliveryCount: 1 }, false);
    expect(gap.missing()).toBe(0);
  });

  it("stops counting after the time in which the server delivers again", () => {
    const { gap, clock } = aGap(9);
    gap.connectionLost();
    gap.arrived({ consumerSeq: 11, deliveryCount: 1 }, false);
    clock.now += 32_999;
    expect(gap.missing()).toBe(1);
    clock.now += 1;
    expect(gap.missing()).toBe(0);
  });

  it("takes holes without a lost connection for another reader, also after the next loss", () => {
    const { gap } = aGap(9);
    gap.arrived({ consumerSeq: 12, deliveryCount: 1 }, false);
    gap.connectionLost();
    gap.arrived({ consumerSeq: 15, deliveryCount: 1 }, false);
    expect(gap.missing()).toBe(0);
  });

  it("believes that it is alone only after eight numbers without a hole", () => {
    for (const [count, missing] of [
      [8, 0],
      [9, 1],
    ] as const) {
      const { gap } = aGap(count);
      gap.connectionLost();
      gap.arrived({ consumerSeq: count + 2, deliveryCount: 1 }, false);
      expect(gap.missing()).toBe(missing);
    }
  });

  it("begins at any number, and again when the consumer was recreated", () => {
    const { gap } = aGap(9, 500);
    gap.connectionLost();
    gap.arrived({ consumerSeq: 1, deliveryCount: 1 }, false);
    expect(gap.missing()).toBe(0);
    for (let consumerSeq = 2; consumerSeq <= 9; consumerSeq += 1) {
      gap.arrived({ consumerSeq, deliveryCount: 1 }, false);
    }
    gap.connectionLost();
    gap.arrived({ consumerSeq: 11, deliveryCount: 1 }, false);
    expect(gap.missing()).toBe(1);
  });
});

/** A reader that got `count` deliveries, one after the other. */
function aGap(count: number, first = 1): { readonly gap: Gap; readonly clock: { now: number } } {
  const clock = { now: 1_000 };
  const gap = createGap({ ackWaitMs: () => 30_000, now: () => clock.now });
  for (let index = 0; index < count; index += 1) {
    gap.arrived({ consumerSeq: first + index, deliveryCount: 1 }, false);
  }
  return { gap, clock };
}

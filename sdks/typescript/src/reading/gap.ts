import type { Delivery } from "./delivery.ts";

/** What {@link createGap} must know of a delivery. */
export type Numbered = Pick<Delivery, "consumerSeq" | "deliveryCount">;

/**
 * Notices deliveries that were lost with a connection. The consumer numbers what it delivers, so the numbers of a
 * process that reads alone have no holes: a hole right after a lost connection is what the server had written to it.
 * Where several processes share the durable the numbers have holes all the time, and nothing is noticed.
 */
export interface Gap {
  arrived(delivery: Numbered, isKnown: boolean): void;
  connectionLost(): void;
  /** How many deliveries are missing now; 0 also once they must have come again. */
  missing(): number;
}

export interface GapOptions {
  /** How long the server waits before it delivers again. */
  readonly ackWaitMs: () => number;
  readonly now: () => number;
}

/** So many deliveries without a hole show that no other process reads. */
const alonePeriod = 8;
/** What a redelivery takes beyond the wait. */
const leewayMs = 3_000;

export function createGap({ ackWaitMs, now }: GapOptions): Gap {
  let last: number | undefined;
  let withoutHole = 0;
  let isAfterLoss = false;
  let missing = 0;
  let until = 0;
  return {
    arrived({ consumerSeq, deliveryCount }, isKnown) {
      const skipped = last === undefined ? -1 : consumerSeq - last - 1;
      if (skipped === 0) withoutHole += 1;
      else if (skipped > 0 && isAfterLoss && withoutHole >= alonePeriod) {
        missing += skipped;
        until = now() + ackWaitMs() + leewayMs;
      } else withoutHole = 0;
      last = consumerSeq;
      isAfterLoss = false;
      if (deliveryCount > 1 && !isKnown && missing > 0) missing -= 1;
    },
    connectionLost() {
      isAfterLoss = true;
    },
    missing: () => (now() < until ? missing : 0),
  };
}

import type { Delivery } from "./delivery.ts";

/** The part of a delivery that {@link createGap} needs. */
export type Numbered = Pick<Delivery, "consumerSeq" | "deliveryCount">;

/**
 * Detects deliveries that were lost with a connection. The consumer numbers its deliveries, so a process that reads
 * alone sees no gaps in the numbers. A gap right after a lost connection counts the deliveries that the server had
 * written to it. Where several processes share the durable, gaps are normal and nothing is detected.
 */
export interface Gap {
  arrived(delivery: Numbered, isKnown: boolean): void;
  connectionLost(): void;
  /** How many deliveries are missing now; 0 also after the time in which they come again. */
  missing(): number;
}

export interface GapOptions {
  /** How long the server waits before it delivers again. */
  readonly ackWaitMs: () => number;
  readonly now: () => number;
}

/** After this many deliveries without a gap no other process reads the durable. */
const alonePeriod = 8;
/** How much longer than the ack wait a redelivery takes. */
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

import { messageKey } from "@mio/jetstream";
import type { Delivery } from "./delivery.ts";

/** A delivery that this process holds: it waits for its turn, runs, waits for a retry, or is being settled. */
export interface Held {
  delivery: Delivery;
  /** Its bytes were dropped; they are still in the stream. */
  isLetGo: boolean;
  /** The subject for its answer. A redelivery replaces it. */
  replyTo: string;
  /** When it arrived, or its last heartbeat was sent; on the clock of `performance.now`. */
  signedAt: number;
  /** How often it was delivered to this process. A server that forgot the first delivery repeats its `replyTo`. */
  arrivals: number;
  /** Attempts in this process without giving the message back. */
  attemptsHere: number;
  /**
   * Its stream was replaced. It must not be answered, because its sequence belongs to another message of the new stream.
   */
  isOrphan: boolean;
  /** The server was asked to deliver it again, so the next arrival is a new delivery. */
  isGivenBack: boolean;
}

export function toHeld(delivery: Delivery, replyTo: string): Held {
  return {
    delivery,
    replyTo,
    isLetGo: false,
    signedAt: performance.now(),
    arrivals: 1,
    attemptsHere: 0,
    isOrphan: false,
    isGivenBack: false,
  };
}

/** Records a redelivery. The answer goes to the newest one. */
export function arrivedAgain(held: Held, replyTo: string): void {
  held.replyTo = replyTo;
  held.signedAt = performance.now();
  held.arrivals += 1;
  held.isOrphan = false;
}

/** Identifies a message, also after its stream was recreated and counts from 1 again. */
export function toIdentity({ streamSequence, timestamp }: Delivery): string {
  return messageKey(streamSequence, timestamp.getTime());
}

/** The number of the current attempt: the server's deliveries and the retries in this process. */
export function toAttempt(held: Held): number {
  return held.delivery.deliveryCount + held.attemptsHere;
}

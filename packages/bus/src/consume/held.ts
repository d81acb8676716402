import { messageKey } from "@mio/jetstream";
import type { Delivery } from "./delivery.ts";

/** A delivery this process holds: waiting for its turn, handled, waiting to be tried again, or being settled. */
export interface Held {
  delivery: Delivery;
  /** Its bytes wait on the stream. */
  isLetGo: boolean;
  /** Where its acknowledgement goes; a redelivery of what is held replaces it. */
  replyTo: string;
  /** How often it was delivered to this process; a server that forgot the first repeats the same `replyTo`. */
  arrivals: number;
  /** Attempts made here without giving the message back. */
  attemptsHere: number;
  /**
   * Its stream is gone. The server must hear nothing about it: its sequence names another message of the stream that
   * took the place.
   */
  isOrphan: boolean;
  /** The server was asked to deliver it again, so what comes next is a delivery of its own. */
  isGivenBack: boolean;
}

export function toHeld(delivery: Delivery, replyTo: string): Held {
  const fresh = { isLetGo: false, arrivals: 1, attemptsHere: 0, isOrphan: false, isGivenBack: false };
  return { delivery, replyTo, ...fresh };
}

/** The server delivered it once more; the newest delivery is the one to answer. */
export function arrivedAgain(held: Held, replyTo: string): void {
  held.replyTo = replyTo;
  held.arrivals += 1;
  held.isOrphan = false;
}

/** Names a message also when its stream was recreated and counts from the beginning again. */
export function toIdentity({ streamSequence, timestamp }: Delivery): string {
  return messageKey(streamSequence, timestamp.getTime());
}

/** The attempt that is due: what the server counted and what was tried without telling it. */
export function toAttempt(held: Held): number {
  return held.delivery.deliveryCount + held.attemptsHere;
}

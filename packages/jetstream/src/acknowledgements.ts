import { nanos } from "@nats-io/nats-core";

/**
 * Payloads that answer a delivery.
 *
 * @see https://docs.nats.io/reference/reference-protocols/nats_api_reference
 */
export const ackWord = "+ACK";

/** Restarts the server's ack wait for a delivery. */
export const workingWord = "+WPI";

/** Gives a delivery back; the server delivers it again after `afterMs`, rounded up to whole milliseconds. */
export function nakWord(afterMs = 0): string {
  return afterMs > 0 ? `-NAK ${JSON.stringify({ delay: nanos(Math.ceil(afterMs)) })}` : "-NAK";
}

/** Ends a message for its consumer without another delivery. The server puts `reason` into its advisory. */
export function termWord(reason: string): string {
  return `+TERM ${reason}`;
}

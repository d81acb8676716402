import type { MioError } from "@mio/failure";
import type { StoredMsg } from "@nats-io/jetstream";
import type { Bus } from "../connect/connection.ts";
import { toEntries } from "../consume/delivery.ts";
import { toAck } from "../consume/to-ack.ts";
import { removeStored } from "../topology/remove-stored.ts";
import type { ConsumerDeclaration } from "../topology/topology.ts";
import { publishDeadLetter } from "./publish-dead-letter.ts";

/** A stored message that no consumer will deliver, and the reason. */
export interface GivenUp {
  readonly consumer: Pick<ConsumerDeclaration, "durable" | "stream">;
  readonly stored: StoredMsg;
  readonly error: MioError;
  /** How often it was delivered. Default 1. */
  readonly deliveries?: number;
}

/**
 * Copies a stored message to the dead letters, and removes it from a workqueue, because no consumer would.
 *
 * @throws MioError as `Publisher.publish`; the message stays where it is.
 */
export async function moveToDeadLetters(bus: Bus, givenUp: GivenUp): Promise<void> {
  const { consumer, stored, error, deliveries = 1 } = givenUp;
  const isExhausted = error.code === "bus.deliveries_exhausted";
  const outcome = isExhausted
    ? ({ kind: "retry", afterMs: 0, error } as const)
    : ({ kind: "dead", error } as const);
  const ack = toAck(outcome, { attempt: 1, maxAttempts: 1 });
  await publishDeadLetter(bus, {
    consumer,
    subject: stored.subject,
    payload: stored.data,
    headers: toEntries(stored.header),
    streamSequence: stored.seq,
    storedAt: stored.time,
    deliveries,
    reason: ack.kind === "dead" ? ack.reason : "rejected",
    error,
  });
  if (consumer.stream.retention === "workqueue") await removeStored(bus, consumer.stream, stored.seq);
}

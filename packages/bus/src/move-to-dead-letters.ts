import type { MioError } from "@mio/failure";
import type { StoredMsg } from "@nats-io/jetstream";
import type { Bus } from "./connection.ts";
import { publishDeadLetter } from "./dead-letters.ts";
import { toEntries } from "./delivery.ts";
import { toAck } from "./to-ack.ts";
import type { ConsumerDeclaration } from "./topology.ts";

/** A stored message that no consumer will deliver, and why it is given up. */
export interface GivenUp {
  readonly consumer: ConsumerDeclaration;
  readonly stored: StoredMsg;
  readonly error: MioError;
}

/**
 * Copies a stored message to the dead letters and removes it from its workqueue.
 *
 * @throws MioError as `Publisher.publish`; the message stays where it is.
 */
export async function moveToDeadLetters(bus: Bus, { consumer, stored, error }: GivenUp): Promise<void> {
  const ack = toAck({ kind: "dead", error }, { attempt: 1, maxAttempts: 1 });
  await publishDeadLetter(bus, {
    consumer,
    subject: stored.subject,
    payload: stored.data,
    headers: toEntries(stored.header),
    streamSequence: stored.seq,
    deliveries: 1,
    reason: ack.kind === "dead" ? ack.reason : "rejected",
    error,
  });
  await bus.jsm.streams.deleteMessage(consumer.stream.name, stored.seq);
}

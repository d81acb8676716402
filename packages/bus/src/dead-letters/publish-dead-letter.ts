import { headerNames } from "@mio/envelope";
import { type MioError, toMioError } from "@mio/failure";
import { type DeadLetterDraft, storeDeadLetter, toDeadLetter } from "@mio/jetstream";
import type { Bus } from "../connect/connection.ts";
import type { DeadReason } from "../consume/to-ack.ts";
import { type ConsumerDeclaration, streams } from "../topology/topology.ts";

/** A rejected message and the reason. */
export interface DeadLetter {
  readonly consumer: Pick<ConsumerDeclaration, "durable" | "stream">;
  readonly subject: string;
  readonly payload: Uint8Array;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly streamSequence: number;
  /** When its stream stored it. */
  readonly storedAt: Date;
  readonly deliveries: number;
  readonly reason: DeadReason;
  readonly error: MioError;
}

/**
 * Copies a message with its bytes and headers to `MESSAGES_DLQ`. A second copy is not stored within two minutes, or while
 * the first is the last letter of its conversation.
 *
 * If the server refuses the letter for its size or its headers, a smaller one is stored, see `storeDeadLetter`.
 *
 * @throws MioError as `Publisher.publish`; the message must then stay where it is.
 */
export async function publishDeadLetter(bus: Bus, letter: DeadLetter, now: Date = new Date()): Promise<void> {
  const { consumer, storedAt, error, ...message } = letter;
  const { stream, durable } = consumer;
  const names = { stream: stream.name, durable, storedAtMs: storedAt.getTime() };
  const draft = toDeadLetter({ ...message, ...names, code: error.code, detail: error.message }, now);
  const { subject, dedupId } = draft;
  if (letter.deliveries > 1 && (await isStored(bus, draft))) return;
  const { duplicate } = await storeDeadLetter(
    draft,
    (content) => bus.publisher.publish({ subject, dedupId, ...content }),
    (failure) => toMioError(failure).retry === "never",
  );
  if (!duplicate) bus.deadLetters.count(subject, letter.reason);
}

/** A process that crashed between the copy and the end of the message left a copy behind. */
async function isStored(bus: Bus, { subject, dedupId }: DeadLetterDraft): Promise<boolean> {
  try {
    const last = await bus.jsm.streams.getMessage(streams.deadLetters.name, { last_by_subj: subject });
    return last?.header?.get(headerNames.dedupId) === dedupId;
  } catch {
    // A second copy is better than none.
    return false;
  }
}

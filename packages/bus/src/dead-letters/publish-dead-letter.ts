import { type Direction, deadLetterSubject, headerNames, parseSubject, unknownToken } from "@mio/envelope";
import type { MioError } from "@mio/failure";
import type { Bus } from "../connection.ts";
import type { DeadReason } from "../to-ack.ts";
import { type ConsumerDeclaration, streams } from "../topology.ts";

/** A message that is given up, and why. */
export interface DeadLetter {
  readonly consumer: Pick<ConsumerDeclaration, "durable" | "stream">;
  readonly subject: string;
  readonly payload: Uint8Array;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly streamSequence: number;
  readonly deliveries: number;
  readonly reason: DeadReason;
  readonly error: MioError;
}

/**
 * Copies a message with its bytes and headers to `MESSAGES_DLQ`. Doing so twice within two minutes
 * stores it once.
 *
 * @throws MioError as `Publisher.publish`; the message must then stay where it is.
 */
export async function publishDeadLetter(bus: Bus, letter: DeadLetter, now: Date = new Date()): Promise<void> {
  const { consumer, headers } = letter;
  const { name } = consumer.stream;
  const subject = toDeadLetterSubject(letter);
  const { duplicate } = await bus.publisher.publish({
    subject,
    dedupId: `dlq:${name}:${consumer.durable}:${letter.streamSequence}`,
    payload: letter.payload,
    headers: [
      ...headers.filter(isKept).map(([header, value]) => [toCopyHeader(header), value] as const),
      ...toReasonHeaders(letter, now),
    ],
  });
  if (!duplicate) bus.deadLetters.count(subject, letter.reason);
}

/** How it was put back before says nothing about the next time. */
function isKept([header]: readonly [string, string]): boolean {
  return header !== headerNames.redrive && header !== headerNames.redriveDurable;
}

/** The copy has a dedup id of its own. */
function toCopyHeader(header: string): string {
  return header === headerNames.dedupId ? headerNames.deadDedupId : header;
}

function toReasonHeaders(letter: DeadLetter, now: Date): readonly (readonly [string, string])[] {
  return [
    [headerNames.deadReason, letter.reason],
    [headerNames.deadCode, letter.error.code],
    [headerNames.deadStream, letter.consumer.stream.name],
    [headerNames.deadSequence, String(letter.streamSequence)],
    [headerNames.deadDeliveries, String(letter.deliveries)],
    [headerNames.deadTime, now.toISOString()],
    [headerNames.deadDurable, letter.consumer.durable],
    [headerNames.deadSubject, letter.subject],
  ];
}

const directions: Readonly<Record<string, Direction>> = {
  [streams.inbound.name]: "inbound",
  [streams.enriched.name]: "inbound_enriched",
  [streams.outbound.name]: "outbound",
  [streams.scheduled.name]: "outbound",
};

/** The same channel, account and conversation as the message had, as far as its subject tells. */
export function toDeadLetterSubject(letter: Pick<DeadLetter, "consumer" | "subject">): string {
  const route = parseSubject(letter.subject);
  const direction = directions[letter.consumer.stream.name] ?? "inbound";
  return deadLetterSubject(direction, {
    channelType: route?.channelType ?? unknownToken,
    accountId: route?.accountId ?? unknownToken,
    conversationId: route?.conversationId ?? unknownToken,
  });
}

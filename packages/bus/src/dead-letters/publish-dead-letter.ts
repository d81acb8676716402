import {
  type Direction,
  deadLetterSubject,
  headerNames,
  parseSubject,
  toCopiedHeaders,
  toOneLine,
  unknownToken,
} from "@mio/envelope";
import { type MioError, toMioError } from "@mio/failure";
import type { Bus } from "../connect/connection.ts";
import type { DeadReason } from "../consume/to-ack.ts";
import type { Publication, Published } from "../publish/publish.ts";
import { type ConsumerDeclaration, streams } from "../topology/topology.ts";

/** A message that is given up, and why. */
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
 * Copies a message with its bytes and headers to `MESSAGES_DLQ`. A message that is copied again, within two minutes or as
 * the last of its conversation, is stored once.
 *
 * What the server refuses for good, because it is too large or has headers that it will not take, is stored without the
 * message's headers, or at last without its bytes: a letter that says why is worth more than a message that can never
 * leave its stream.
 *
 * @throws MioError as `Publisher.publish`; the message must then stay where it is.
 */
export async function publishDeadLetter(bus: Bus, letter: DeadLetter, now: Date = new Date()): Promise<void> {
  const subject = toDeadLetterSubject(letter);
  const dedupId = toDedupId(letter);
  if (letter.deliveries > 1 && (await isStored(bus, subject, dedupId))) return;
  const { duplicate } = await publishWhatFits(bus, { subject, dedupId, letter, now });
  if (!duplicate) bus.deadLetters.count(subject, letter.reason);
}

/** With the time, since a recreated stream counts from the beginning again. */
function toDedupId({ consumer, streamSequence, storedAt }: DeadLetter): string {
  return `dlq:${consumer.stream.name}:${consumer.durable}:${streamSequence}:${storedAt.getTime()}`;
}

/** A process that died between the copy and the end of the message left a copy behind. */
async function isStored(bus: Bus, subject: string, dedupId: string): Promise<boolean> {
  try {
    const last = await bus.jsm.streams.getMessage(streams.deadLetters.name, { last_by_subj: subject });
    return last?.header?.get(headerNames.dedupId) === dedupId;
  } catch {
    // Twice is better than never.
    return false;
  }
}

interface Copy {
  readonly subject: string;
  readonly dedupId: string;
  readonly letter: DeadLetter;
  readonly now: Date;
}

async function publishWhatFits(bus: Bus, { subject, dedupId, letter, now }: Copy): Promise<Published> {
  const { payload } = letter;
  const own = toReasonHeaders(letter, now);
  const omitted = [headerNames.deadOmittedBytes, String(payload.length)] as const;
  const smaller = [
    { payload, headers: own },
    { payload: new Uint8Array(), headers: [...own, omitted] },
  ];
  let copy: Pick<Publication, "payload" | "headers"> = {
    payload,
    headers: [...toCopiedHeaders(letter.headers), ...own],
  };
  for (;;) {
    try {
      return await bus.publisher.publish({ subject, dedupId, ...copy });
    } catch (error) {
      const next = toMioError(error).retry === "never" ? smaller.shift() : undefined;
      if (next === undefined) throw error;
      copy = next;
    }
  }
}

const maxDetailChars = 500;

function toReasonHeaders(letter: DeadLetter, now: Date): readonly (readonly [string, string])[] {
  return [
    [headerNames.deadReason, letter.reason],
    [headerNames.deadCode, letter.error.code],
    [headerNames.deadDetail, toOneLine(letter.error.message).slice(0, maxDetailChars).toWellFormed()],
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
  [streams.attachments.name]: "inbound",
  [streams.enriched.name]: "inbound_enriched",
  [streams.outbound.name]: "outbound",
  [streams.scheduled.name]: "outbound",
};

/** The same channel, account and conversation as the message had, as far as its subject tells. */
export function toDeadLetterSubject(letter: Pick<DeadLetter, "consumer" | "subject">): string {
  // A queued message is an inbound one with a further token.
  const queued = /^mio\.attachments((?:\.[^.]+){3})\./.exec(letter.subject)?.[1];
  const route = parseSubject(queued === undefined ? letter.subject : `mio.inbound${queued}`);
  const direction = directions[letter.consumer.stream.name] ?? "inbound";
  return deadLetterSubject(direction, {
    channelType: route?.channelType ?? unknownToken,
    accountId: route?.accountId ?? unknownToken,
    conversationId: route?.conversationId ?? unknownToken,
  });
}

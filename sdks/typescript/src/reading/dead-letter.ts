import {
  deadLetterSubject,
  type HeaderEntry,
  headerNames,
  parseSubject,
  toCopiedHeaders,
  unknownToken,
} from "@mio/envelope";
import { headers } from "@nats-io/transport-node";
import { refuses } from "../connection/publish-error.ts";
import type { Session } from "../connection/session.ts";
import { inboundStream } from "../connection/stream-names.ts";
import type { Delivery } from "./delivery.ts";

/** Why a message is given up. */
export interface Verdict {
  readonly code: string;
  readonly reason: string;
}

interface Letter {
  readonly data: Uint8Array;
  readonly head: readonly HeaderEntry[];
}

/**
 * Copies a delivery to the dead letters. What the server refuses for good, because it is too large or for its headers,
 * is stored without the message's headers, or at last without its bytes; they stay in the message's stream.
 *
 * @throws Error when the letter is not stored; the message must then not be ended.
 */
export async function storeDeadLetter(session: Session, delivery: Delivery, verdict: Verdict): Promise<void> {
  const { data } = delivery;
  const own = reasonHeaders(delivery, verdict);
  const smaller: Letter[] = [
    { data, head: own },
    { data: new Uint8Array(), head: [...own, [headerNames.deadOmittedBytes, String(data.length)]] },
  ];
  let letter: Letter = { data, head: [...toCopiedHeaders(entriesOf(delivery)), ...own] };
  for (;;) {
    try {
      return await storeLetter(session, delivery, letter);
    } catch (error) {
      const next = refuses(error) ? smaller.shift() : undefined;
      if (next === undefined) throw error;
      letter = next;
    }
  }
}

async function storeLetter(session: Session, delivery: Delivery, letter: Letter): Promise<void> {
  const { stream, consumer, seq, timeMs } = delivery;
  // The time, because a recreated stream gives the same sequence to another message.
  const msgID = `dlq:${stream}:${consumer}:${seq}:${timeMs}`;
  const head = headers();
  for (const [name, value] of letter.head) head.append(name, value);
  const stored = session.js.publish(deadSubject(delivery.subject), letter.data, { msgID, headers: head });
  await session.link.guard(stored);
}

function* entriesOf({ headers: head }: Delivery): Generator<HeaderEntry> {
  for (const [name, values] of head ?? []) for (const value of values) yield [name, value];
}

function deadSubject(subject: string): string {
  const parsed = parseSubject(subject);
  const nowhere = { channelType: unknownToken, accountId: unknownToken, conversationId: unknownToken };
  return deadLetterSubject("inbound_enriched", parsed ?? nowhere);
}

function reasonHeaders(delivery: Delivery, verdict: Verdict): readonly HeaderEntry[] {
  return [
    [headerNames.deadReason, oneLine(verdict.reason)],
    [headerNames.deadCode, oneLine(verdict.code)],
    [headerNames.deadStream, inboundStream],
    [headerNames.deadSequence, String(delivery.seq)],
    [headerNames.deadDeliveries, String(delivery.deliveryCount)],
    [headerNames.deadTime, new Date().toISOString()],
    [headerNames.deadDurable, delivery.consumer],
    [headerNames.deadSubject, delivery.subject],
  ];
}

/** Header values are one line; a reason is for a person, so 500 characters are enough. */
function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim().slice(0, 500);
}

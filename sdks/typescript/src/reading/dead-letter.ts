import { deadLetterSubject, headerNames, parseSubject, unknownToken } from "@mio/envelope";
import { headers, type MsgHdrs } from "@nats-io/transport-node";
import { isTooLarge, refuses } from "../connection/publish-error.ts";
import type { Session } from "../connection/session.ts";
import { inboundStream } from "../connection/stream-names.ts";
import type { Delivery } from "./delivery.ts";

/** Why a message is given up. */
export interface Verdict {
  readonly code: string;
  readonly reason: string;
}

const none = new Uint8Array();

/**
 * Copies a delivery to the dead letters. What the server takes in no other way is stored without the message's own
 * headers, and a message that leaves no place for the reason without its bytes; they stay in the message's stream.
 *
 * @throws Error when the letter is not stored; the message must then not be ended.
 */
export async function storeDeadLetter(session: Session, delivery: Delivery, verdict: Verdict): Promise<void> {
  const whole = deadHeaders(delivery, verdict, true);
  const bare = deadHeaders(delivery, verdict, false);
  try {
    await storeLetter(session, delivery, { head: whole, data: delivery.data });
  } catch (error) {
    if (!isTooLarge(error) && !refuses(error)) throw error;
    await storeLetter(session, delivery, { head: bare, data: delivery.data }).catch(
      async (cause: unknown) => {
        if (!isTooLarge(cause)) throw cause;
        await storeLetter(session, delivery, { head: bare, data: none });
      },
    );
  }
}

interface Letter {
  readonly head: MsgHdrs;
  readonly data: Uint8Array;
}

async function storeLetter(session: Session, delivery: Delivery, { head, data }: Letter): Promise<void> {
  const { stream, consumer, seq, timeMs } = delivery;
  // The time, because a recreated stream gives the same sequence to another message.
  const msgID = `dlq:${stream}:${consumer}:${seq}:${timeMs}`;
  const stored = session.js.publish(deadSubject(delivery.subject), data, { msgID, headers: head });
  await session.link.guard(stored);
}

function deadSubject(subject: string): string {
  const parsed = parseSubject(subject);
  const nowhere = { channelType: unknownToken, accountId: unknownToken, conversationId: unknownToken };
  return deadLetterSubject("inbound_enriched", parsed ?? nowhere);
}

function deadHeaders(delivery: Delivery, verdict: Verdict, withOwn: boolean): MsgHdrs {
  const head = headers();
  for (const [key, values] of delivery.headers ?? []) {
    if (withOwn && isCopied(key)) for (const value of values) head.append(key, value);
  }
  const dedupId = delivery.headers?.get(headerNames.dedupId) ?? "";
  if (dedupId !== "") head.set(headerNames.deadDedupId, dedupId);
  head.set(headerNames.deadReason, oneLine(verdict.reason));
  head.set(headerNames.deadCode, oneLine(verdict.code));
  head.set(headerNames.deadStream, inboundStream);
  head.set(headerNames.deadSequence, String(delivery.seq));
  head.set(headerNames.deadDeliveries, String(delivery.deliveryCount));
  head.set(headerNames.deadTime, new Date().toISOString());
  head.set(headerNames.deadDurable, delivery.consumer);
  head.set(headerNames.deadSubject, delivery.subject);
  return head;
}

/**
 * `Nats-…` headers are orders to the server (an expected sequence, a lifetime, a schedule), which would decide what
 * becomes of the copy; and how a message was put back before says nothing about the next time.
 */
function isCopied(header: string): boolean {
  const isPutBack = header === headerNames.redrive || header === headerNames.redriveDurable;
  return !isPutBack && !header.toLowerCase().startsWith("nats-");
}

/** Header values are one line; a reason is for a person, so 500 characters are enough. */
function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim().slice(0, 500);
}

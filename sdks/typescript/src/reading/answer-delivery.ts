import { deadLetterSubject, headerNames, parseSubject, unknownToken } from "@mio/envelope";
import { headers } from "@nats-io/transport-node";
import { backoffMs, sleep } from "../connection/backoff.ts";
import { isStreamMissing } from "../connection/server-check.ts";
import type { Session } from "../connection/session.ts";
import { deadLetterStream, inboundStream } from "../connection/stream-names.ts";
import type { Delivery } from "./delivery.ts";
import type { Pull } from "./pull.ts";
import type { Answer } from "./settlement.ts";

/** A delivery and the reader it came from. */
export interface Taken {
  readonly delivery: Delivery;
  readonly pull: Pull;
}

/** When a message that could neither be handled nor kept as a dead letter comes again. */
const deadLetterRetryMs = 30_000;

/** How long an acknowledgement waits for a lost connection. */
const ackPatienceMs = 30_000;
/** A server that comes back takes a moment until it knows its consumers. */
const ackTries = 6;

/** Tells the server how a delivery was answered. Never rejects: what fails leads to another delivery. */
export async function answerDelivery(session: Session, taken: Taken, answer: Answer): Promise<void> {
  const { delivery, pull } = taken;
  if (answer.kind === "retry") return giveBack(taken, answer.afterMs);
  if (answer.kind === "reject" && !(await keepDeadLetter(session, delivery, answer))) {
    return giveBack(taken, deadLetterRetryMs);
  }
  pull.release(delivery, "finished");
  if (answer.kind === "reject") delivery.term(answer.code);
  else await acknowledge(session, delivery);
}

async function giveBack({ delivery, pull }: Taken, afterMs: number): Promise<void> {
  await pull.giveBack(delivery, afterMs);
  pull.release(delivery, "again");
}

/** Waits for the server's word that the acknowledgement arrived; a lost one is made good at the next delivery. */
async function acknowledge(session: Session, delivery: Delivery): Promise<void> {
  for (let tries = 1; tries <= ackTries; tries += 1) {
    await session.link.whenUp(AbortSignal.any([session.closing, AbortSignal.timeout(ackPatienceMs)]));
    const confirmed = session.link.guard(delivery.confirmedAck());
    if (await confirmed.then(() => true).catch(() => false)) return;
    if (session.closing.aborted && tries > 1) break;
    await sleep(backoffMs(tries, { baseMs: 50, maxMs: 1_000 }), session.closing);
  }
  const { subject, seq } = delivery;
  session.onEvent({ type: "acknowledgement_lost", subject, streamSequence: seq });
}

/** Copies a delivery to the dead letters; false when that has to be tried again. */
async function keepDeadLetter(
  session: Session,
  delivery: Delivery,
  answer: { readonly code: string; readonly reason: string },
): Promise<boolean> {
  const { subject, seq: streamSequence } = delivery;
  const rejected = { type: "message_rejected", code: answer.code, subject, streamSequence } as const;
  try {
    await session.js.publish(deadSubject(subject), delivery.data, {
      msgID: `dlq:${delivery.stream}:${delivery.consumer}:${streamSequence}`,
      headers: deadHeaders(delivery, answer),
    });
    session.onEvent({ ...rejected, kept: true });
    return true;
  } catch {
    const absent = await isAbsent(session);
    if (absent) session.onEvent({ ...rejected, kept: false });
    return absent;
  }
}

function deadSubject(subject: string): string {
  const parsed = parseSubject(subject);
  const nowhere = { channelType: unknownToken, accountId: unknownToken, conversationId: unknownToken };
  return deadLetterSubject("inbound_enriched", parsed ?? nowhere);
}

/** The copy has a dedup id of its own, and how it was put back before says nothing about the next time. */
const notCopied: ReadonlySet<string> = new Set([
  headerNames.dedupId,
  headerNames.redrive,
  headerNames.redriveDurable,
]);

function deadHeaders(delivery: Delivery, answer: { readonly code: string; readonly reason: string }) {
  const head = headers();
  for (const [key, values] of delivery.headers ?? []) {
    if (!notCopied.has(key)) for (const value of values) head.append(key, value);
  }
  head.set(headerNames.deadReason, oneLine(answer.reason));
  head.set(headerNames.deadCode, oneLine(answer.code));
  head.set(headerNames.deadStream, inboundStream);
  head.set(headerNames.deadSequence, String(delivery.seq));
  head.set(headerNames.deadDeliveries, String(delivery.deliveryCount));
  head.set(headerNames.deadTime, new Date().toISOString());
  head.set(headerNames.deadDurable, delivery.consumer);
  head.set(headerNames.deadSubject, delivery.subject);
  return head;
}

/** Header values are one line; a reason is for a person, so 500 characters are enough. */
function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim().slice(0, 500);
}

async function isAbsent(session: Session): Promise<boolean> {
  try {
    await session.jsm.streams.info(deadLetterStream);
    return false;
  } catch (error) {
    return isStreamMissing(error);
  }
}

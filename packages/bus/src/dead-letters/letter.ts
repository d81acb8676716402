import { type Direction, headerNames, parseSubject } from "@mio/envelope";
import type { MsgHdrs } from "@nats-io/nats-core";

/** What a dead letter tells about itself without its bytes. */
export interface LetterSummary {
  /** Its sequence in `MESSAGES_DLQ`; names it for operators. */
  readonly id: number;
  readonly direction: Direction;
  readonly channelType: string;
  readonly accountId: string;
  readonly conversationId: string;
  /** Where it is put back. */
  readonly subject: string;
  readonly reason: string;
  readonly code: string;
  /** Who gave it up; empty for letters that do not say. */
  readonly durable: string;
  readonly stream: string;
  readonly sequence: number;
  readonly deliveries: number;
  readonly time: Date;
}

/** A dead letter with everything it holds. */
export interface StoredLetter extends LetterSummary {
  readonly payload: Uint8Array;
  /** All headers, those about its death included. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** Which dead letters are meant; what is left out matches all. */
export interface DeadLetterFilter {
  readonly direction?: Direction;
  readonly channelType?: string;
  readonly accountId?: string;
  readonly conversationId?: string;
  readonly reason?: string;
  readonly code?: string;
  readonly durable?: string;
  /** Given up at this time or later. */
  readonly since?: Date;
  /** Given up before this time. */
  readonly until?: Date;
}

interface Read {
  readonly subject: string;
  readonly id: number;
  readonly headers: Pick<MsgHdrs, "get"> | undefined;
  readonly storedAt: Date;
}

/** Reads what a letter's subject and headers tell; undefined for something that is no dead letter. */
export function toSummary({ subject, id, headers, storedAt }: Read): LetterSummary | undefined {
  const route = parseSubject(subject);
  if (route?.kind !== "dlq") return undefined;
  const { of: direction, channelType, accountId, conversationId } = route;
  const get = (name: string): string => headers?.get(name) ?? "";
  const time = new Date(get(headerNames.deadTime));
  return {
    id,
    direction,
    channelType,
    accountId,
    conversationId,
    subject: get(headerNames.deadSubject) || `mio.${direction}.${channelType}.${accountId}.${conversationId}`,
    reason: get(headerNames.deadReason),
    code: get(headerNames.deadCode),
    durable: get(headerNames.deadDurable),
    stream: get(headerNames.deadStream),
    sequence: Number(get(headerNames.deadSequence)) || 0,
    deliveries: Number(get(headerNames.deadDeliveries)) || 0,
    time: Number.isNaN(time.getTime()) ? storedAt : time,
  };
}

/** Whether a letter is meant; its place is told by the subject it is read from. */
export function matches(letter: LetterSummary, filter: DeadLetterFilter): boolean {
  const { reason, code, durable, since, until } = filter;
  return (
    (reason === undefined || letter.reason === reason) &&
    (code === undefined || letter.code === code) &&
    (durable === undefined || letter.durable === durable) &&
    (since === undefined || letter.time >= since) &&
    (until === undefined || letter.time < until)
  );
}

/** The subjects under which letters of this place are. */
export function subjectsOf({ direction, channelType, accountId, conversationId }: DeadLetterFilter): string {
  return ["mio.dlq", direction, channelType, accountId, conversationId]
    .map((token) => token ?? "*")
    .join(".");
}

import { type Direction, headerNames, parseSubject } from "@mio/envelope";
import type { MsgHdrs } from "@nats-io/nats-core";

/** A dead letter without its bytes. */
export interface LetterSummary {
  /** Its sequence in `MESSAGES_DLQ`, by which operators name it. */
  readonly id: number;
  readonly direction: Direction;
  readonly channelType: string;
  readonly accountId: string;
  readonly conversationId: string;
  /** The subject to which it is redriven. */
  readonly subject: string;
  readonly reason: string;
  readonly code: string;
  /** The durable that rejected it; empty if the letter has no such header. */
  readonly durable: string;
  readonly stream: string;
  readonly sequence: number;
  readonly deliveries: number;
  readonly time: Date;
}

/** A complete dead letter. */
export interface StoredLetter extends LetterSummary {
  readonly payload: Uint8Array;
  /** All headers, including those that the rejection added. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** Selects dead letters. An omitted field matches all. */
export interface DeadLetterFilter {
  readonly direction?: Direction;
  readonly channelType?: string;
  readonly accountId?: string;
  readonly conversationId?: string;
  readonly reason?: string;
  readonly code?: string;
  readonly durable?: string;
  /** Rejected at this time or later. */
  readonly since?: Date;
  /** Rejected before this time. */
  readonly until?: Date;
}

interface Read {
  readonly subject: string;
  readonly id: number;
  readonly headers: Pick<MsgHdrs, "get"> | undefined;
  readonly storedAt: Date;
}

/** Reads the subject and the headers of a letter; undefined if it is not a dead letter. */
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

/** Whether a letter matches the filter. The subject filter of the reader has already matched its route. */
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

/** The subject filter for letters of a route. */
export function subjectsOf({ direction, channelType, accountId, conversationId }: DeadLetterFilter): string {
  return ["mio.dlq", direction, channelType, accountId, conversationId]
    .map((token) => token ?? "*")
    .join(".");
}

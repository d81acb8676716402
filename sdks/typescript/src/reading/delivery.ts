import { ackWord, nakWord, parseDeliverySubject, termWord, workingWord } from "@mio/jetstream";
import type { Msg, MsgHdrs, NatsConnection } from "@nats-io/transport-node";

/** One delivery of a message, and its possible answers. */
export interface Delivery {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers: MsgHdrs | undefined;
  /** The sequence of the message in its stream. */
  readonly seq: number;
  /** When the stream stored it, in milliseconds since 1970. */
  readonly timeMs: number;
  readonly stream: string;
  readonly consumer: string;
  /** Counts the deliveries of the consumer, to all its readers. */
  readonly consumerSeq: number;
  /** 1 at first. */
  readonly deliveryCount: number;
  working(): void;
  ack(): void;
  /** Rejects unless the server confirms. May be repeated. */
  confirmedAck(): Promise<void>;
  nak(afterMs?: number): void;
  /** Rejects unless the server confirms. Once it did, messages of later requests come after this one. */
  confirmedNak(afterMs?: number): Promise<void>;
  term(reason: string): void;
}

/** Identifies a message, also after its stream was recreated and counts from 1 again. */
export type Identity = Pick<Delivery, "seq" | "timeMs">;

/** Orders messages by time first, because a recreated stream counts from 1 again. */
export function compareIdentities(one: Identity, other: Identity): number {
  return one.timeMs - other.timeMs || one.seq - other.seq;
}

/** Time limit for the confirmation of an acknowledgement. */
const confirmMs = 5_000;

/** Reads a delivery; undefined when the message is a status of the server. */
export function toDelivery(
  nc: Pick<NatsConnection, "request">,
  msg: Pick<Msg, "subject" | "data" | "headers" | "reply" | "respond">,
): Delivery | undefined {
  const replyTo = msg.reply ?? "";
  const parsed = parseDeliverySubject(replyTo);
  if (parsed === undefined) return undefined;
  const answer = (word: string): void => void msg.respond(word);
  const confirm = async (word: string): Promise<void> =>
    void (await nc.request(replyTo, word, { timeout: confirmMs }));
  return {
    subject: msg.subject,
    data: msg.data,
    headers: msg.headers,
    seq: parsed.streamSequence,
    timeMs: parsed.storedAtMs,
    stream: parsed.stream,
    consumer: parsed.consumer,
    consumerSeq: parsed.consumerSequence,
    deliveryCount: parsed.deliveryCount,
    working: () => answer(workingWord),
    ack: () => answer(ackWord),
    confirmedAck: () => confirm(ackWord),
    nak: (afterMs) => answer(nakWord(afterMs)),
    confirmedNak: (afterMs) => confirm(nakWord(afterMs)),
    term: (reason) => answer(termWord(reason)),
  };
}

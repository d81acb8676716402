import { type Msg, type MsgHdrs, type NatsConnection, nanos } from "@nats-io/transport-node";

/** One delivery of a message of the stream, and the answers the server takes to it. */
export interface Delivery {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers: MsgHdrs | undefined;
  /** Names the message within its stream. */
  readonly seq: number;
  /** When the stream stored it, milliseconds since 1970. */
  readonly timeMs: number;
  readonly stream: string;
  readonly consumer: string;
  /** Counts the deliveries of the consumer, to all its readers. */
  readonly consumerSeq: number;
  /** 1 at first. */
  readonly deliveryCount: number;
  working(): void;
  ack(): void;
  /** Rejects unless the server confirms. May be tried again. */
  confirmedAck(): Promise<void>;
  nak(afterMs?: number): void;
  /** Rejects unless the server confirms: only then does what is asked for next come after this. */
  confirmedNak(afterMs?: number): Promise<void>;
  term(reason: string): void;
}

/** What names a message also when its stream was recreated and counts from 1 again. */
export type Identity = Pick<Delivery, "seq" | "timeMs">;

/** Orders messages by time first, because a recreated stream counts from 1 again. */
export function compareIdentities(one: Identity, other: Identity): number {
  return one.timeMs - other.timeMs || one.seq - other.seq;
}

/** How long the server may take to confirm an acknowledgement. */
const confirmMs = 5_000;

/**
 * Reads a JetStream message; undefined when it is a status of the server. Its reply subject tells where it stands:
 * `$JS.ACK.[<domain>.<account>.]<stream>.<consumer>.<deliveries>.<stream seq>.<consumer seq>.<time>.<pending>[.<token>]`
 * (https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-15.md).
 */
export function toDelivery(
  nc: Pick<NatsConnection, "request">,
  msg: Pick<Msg, "subject" | "data" | "headers" | "reply" | "respond">,
): Delivery | undefined {
  const replyTo = msg.reply ?? "";
  const tokens = replyTo.split(".");
  if (!replyTo.startsWith("$JS.ACK.") || tokens.length < 9) return undefined;
  const [stream = "", consumer = "", deliveries, sequence, consumerSequence, time = "0"] = tokens.slice(
    tokens.length === 9 ? 2 : 4,
  );
  const answer = (word: string): void => void msg.respond(word);
  const confirm = async (word: string): Promise<void> =>
    void (await nc.request(replyTo, word, { timeout: confirmMs }));
  return {
    subject: msg.subject,
    data: msg.data,
    headers: msg.headers,
    seq: Number(sequence),
    timeMs: toMilliseconds(time),
    stream,
    consumer,
    consumerSeq: Number(consumerSequence),
    deliveryCount: Number(deliveries),
    working: () => answer("+WPI"),
    ack: () => answer("+ACK"),
    confirmedAck: () => confirm("+ACK"),
    nak: (afterMs) => answer(nakWord(afterMs)),
    confirmedNak: (afterMs) => confirm(nakWord(afterMs)),
    term: (reason) => answer(`+TERM ${reason}`),
  };
}

/** Nanoseconds have more digits than a number holds. */
function toMilliseconds(nanoseconds: string): number {
  return Number(BigInt(nanoseconds) / 1_000_000n);
}

function nakWord(afterMs = 0): string {
  return afterMs > 0 ? `-NAK ${JSON.stringify({ delay: nanos(afterMs) })}` : "-NAK";
}

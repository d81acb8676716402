import type { Msg } from "@nats-io/nats-core";

/** The headers of a message, by exact name. */
export interface DeliveryHeaders {
  get(name: string): string | undefined;
  /** Every header in order; a name with several values comes several times. */
  entries(): readonly (readonly [name: string, value: string])[];
}

/** One delivery of one message of a stream. */
export interface Delivery {
  readonly subject: string;
  readonly payload: Uint8Array;
  readonly headers: DeliveryHeaders;
  /** Grows along the stream; names the message within it. */
  readonly streamSequence: number;
  /** Counts the consumer's deliveries; a gap means that another process got one, or that one was lost. */
  readonly consumerSequence?: number;
  /** 1 at first; the attempt this is. */
  readonly deliveryCount: number;
  /** When the stream stored the message. */
  readonly timestamp: Date;
  /** Of a pinned consumer: changes whenever the messages go to another process, or come back to this one. */
  readonly pinEpoch: string | undefined;
}

/**
 * Reads a JetStream message; undefined when it is none. Its reply subject tells where it stands:
 * `$JS.ACK.[<domain>.<account>.]<stream>.<consumer>.<deliveries>.<stream seq>.<consumer seq>.<time>.<pending>[.<token>]`
 * (https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-15.md).
 */
export function toDelivery(msg: Msg): Delivery | undefined {
  const tokens = msg.reply?.split(".") ?? [];
  if (tokens[0] !== "$JS" || tokens[1] !== "ACK" || tokens.length < 9) return undefined;
  const numbers = tokens.slice(tokens.length === 9 ? 4 : 6).map(Number);
  const [deliveryCount = Number.NaN, sequence = Number.NaN, consumerSequence = Number.NaN] = numbers;
  const nanoseconds = numbers[3] ?? Number.NaN;
  if (!Number.isSafeInteger(deliveryCount) || !Number.isSafeInteger(sequence)) return undefined;
  return {
    subject: msg.subject,
    payload: msg.data,
    headers: toDeliveryHeaders(msg.headers),
    streamSequence: sequence,
    consumerSequence,
    deliveryCount,
    timestamp: new Date(Math.floor(nanoseconds / 1e6)),
    pinEpoch: pinIdOf(msg),
  };
}

const pinIdHeader = "Nats-Pin-Id";

/** https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-42.md */
export function pinIdOf(msg: Msg): string | undefined {
  return msg.headers?.get(pinIdHeader) || undefined;
}

export function toDeliveryHeaders(headers: Msg["headers"]): DeliveryHeaders {
  return {
    get: (name) => (headers?.has(name) ? headers.get(name) : undefined),
    entries: () => toEntries(headers),
  };
}

/** Every header of a message, with all values of a name; not the one that the server adds for a delivery. */
export function toEntries(headers: Msg["headers"]): readonly (readonly [name: string, value: string])[] {
  if (headers === undefined) return [];
  const names = headers.keys().filter((name) => name !== pinIdHeader);
  return names.flatMap((name) => headers.values(name).map((value) => [name, value] as const));
}

import { parseDeliverySubject, pinIdHeader, pinIdOf } from "@mio/jetstream";
import type { Msg } from "@nats-io/nats-core";
import type { Run } from "./runs.ts";

/** The headers of a message, by exact name. */
export interface DeliveryHeaders {
  get(name: string): string | undefined;
  /** Every header in order; a name with several values has several entries. */
  entries(): readonly (readonly [name: string, value: string])[];
}

/** One delivery of a message. */
export interface Delivery {
  readonly subject: string;
  readonly payload: Uint8Array;
  readonly headers: DeliveryHeaders;
  /** The sequence of the message in its stream. */
  readonly streamSequence: number;
  /** Counts the consumer's deliveries. A gap means that another process received one, or that one was lost. */
  readonly consumerSequence?: number;
  /** 1 for the first delivery. */
  readonly deliveryCount: number;
  /** When the stream stored the message. */
  readonly timestamp: Date;
  /** Of a pinned consumer: changes when the messages go to another process, or come back to this one. */
  readonly pinEpoch: string | undefined;
  /** The run of deliveries that it belongs to; undefined for a redelivery. */
  readonly run?: Run | undefined;
}

/** Reads a delivery; undefined when the message is a status of the server. */
export function toDelivery(msg: Msg): Delivery | undefined {
  const parsed = parseDeliverySubject(msg.reply);
  if (parsed === undefined) return undefined;
  const { streamSequence, consumerSequence, deliveryCount, storedAtMs } = parsed;
  return {
    subject: msg.subject,
    payload: msg.data,
    headers: toDeliveryHeaders(msg.headers),
    streamSequence,
    consumerSequence,
    deliveryCount,
    timestamp: new Date(storedAtMs),
    pinEpoch: pinIdOf(msg.headers),
  };
}

/** Reads the headers once: each `get` of the library copies and filters all names. */
export function toDeliveryHeaders(headers: Msg["headers"]): DeliveryHeaders {
  if (headers === undefined) return noHeaders;
  const all = [...headers];
  return {
    get: (name) => all.find(([known]) => known === name)?.[1][0],
    entries: () => toEntries(all),
  };
}

const noHeaders: DeliveryHeaders = { get: () => undefined, entries: () => [] };

/** Every header of a message with all its values, except the one that the server adds to deliveries. */
export function toEntries(
  headers: Iterable<readonly [name: string, values: readonly string[]]> | undefined,
): readonly (readonly [name: string, value: string])[] {
  const all = [...(headers ?? [])].filter(([name]) => name !== pinIdHeader);
  return all.flatMap(([name, values]) => values.map((value) => [name, value] as const));
}

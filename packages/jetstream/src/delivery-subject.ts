/** What the reply subject of a delivery says about it. */
export interface DeliverySubject {
  readonly stream: string;
  readonly consumer: string;
  /** 1 for the first delivery. */
  readonly deliveryCount: number;
  readonly streamSequence: number;
  /** Counts the deliveries of the consumer, to all its readers. */
  readonly consumerSequence: number;
  /** When the stream stored the message, in milliseconds since 1970. */
  readonly storedAtMs: number;
}

const prefix = "$JS.ACK.";

/** Whether a message that answers a pull request is a delivery; otherwise it is a status. */
export function isDelivery(reply: string | undefined): boolean {
  return reply?.startsWith(prefix) === true;
}

/**
 * Parses the reply subject of a delivery; undefined when it is another subject.
 *
 * `$JS.ACK.[<domain>.<account>.]<stream>.<consumer>.<deliveries>.<stream seq>.<consumer seq>.<time>.<pending>[.<token>]`
 * (https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-15.md)
 */
export function parseDeliverySubject(reply: string | undefined): DeliverySubject | undefined {
  if (reply === undefined || !isDelivery(reply)) return undefined;
  const tokens = reply.split(".");
  if (tokens.length < shortestTokens) return undefined;
  const [stream = "", consumer = "", ...numbers] = tokens.slice(tokens.length === shortestTokens ? 2 : 4);
  const [deliveries = "", streamSequence = "", consumerSequence = "", nanoseconds = ""] = numbers;
  if (![deliveries, streamSequence, consumerSequence, nanoseconds].every(isWholeNumber)) return undefined;
  return {
    stream,
    consumer,
    deliveryCount: Number(deliveries),
    streamSequence: Number(streamSequence),
    consumerSequence: Number(consumerSequence),
    // Nanoseconds have more digits than a number holds.
    storedAtMs: Number(BigInt(nanoseconds) / 1_000_000n),
  };
}

/** Without domain and account, as older servers write it. */
const shortestTokens = 9;

function isWholeNumber(token: string): boolean {
  return /^\d+$/.test(token);
}

import type { Handler, Published, Publisher } from "@mio/bus";
import { assertMessage, decodeMessage } from "@mio/envelope";
import { toMioError } from "@mio/failure";
import type { Message } from "@mio/proto";
import type { AttachmentQueue } from "./attachment-queue.ts";
import type { MediaVaultEvents } from "./events.ts";
import type { Inbound, InboundOrder } from "./inbound-order.ts";
import { hasOpenAttachments } from "./open-attachments.ts";
import type { Persist } from "./persist.ts";
import type { PublishEnriched } from "./publish-enriched.ts";

export interface ReadInboundOptions {
  readonly order: InboundOrder;
  readonly queue: AttachmentQueue;
  readonly publisher: Publisher;
  readonly publishEnriched: PublishEnriched;
  readonly persist: Persist;
  readonly events: MediaVaultEvents;
  /** Called with the account of each message that was queued. */
  readonly onQueued: (accountId: string) => void;
}

/**
 * Handles one inbound message: publishes it enriched when it has nothing to fetch, and queues it otherwise. An event
 * about a queued message is queued behind it. No download delays anything here.
 */
export function createReadInbound(options: ReadInboundOptions): Handler {
  const { order, events } = options;
  return async (delivery, { signal }) => {
    const startedAt = performance.now();
    for await (const earlier of order.earlierThan(delivery, signal)) {
      await forwardIfPossible(earlier, { ...options, signal });
    }
    const message = decode(delivery);
    const published = await forward(message, delivery, { ...options, signal });
    if (published !== "queued") {
      events.messageEnriched({ message, delivery, keepings: [], published, startedAt });
    }
    return { kind: "done" };
  };
}

interface Forwarding extends ReadInboundOptions {
  readonly signal: AbortSignal;
}

/** What can never be published becomes a dead letter when it is delivered itself. */
async function forwardIfPossible(inbound: Inbound, options: Forwarding): Promise<void> {
  try {
    await forward(decode(inbound), inbound, options);
  } catch (error) {
    if (toMioError(error).retry !== "never") throw error;
  }
}

async function forward(
  message: Message,
  { payload, timestamp: storedAt, deliveryCount }: Inbound,
  options: Forwarding,
): Promise<Published | "queued"> {
  const { queue, persist, publisher, events, signal } = options;
  const isQueued = hasOpenAttachments(message) || (await persist(() => queue.holdsTargetOf(message), signal));
  if (!isQueued) {
    // A message with nothing to keep goes on as the bytes it came in.
    const isRepeated = deliveryCount > 1;
    return await options.publishEnriched({ message, payload, storedAt, isRepeated }, signal);
  }
  const publication = queue.publicationOf(message, payload);
  const onDelayed = events.delayOf(message);
  await persist(() => publisher.publish(publication), signal, onDelayed);
  events.messageQueued(message);
  options.onQueued(message.accountId);
  return "queued";
}

function decode({ payload }: Inbound): Message {
  const message = decodeMessage(payload);
  assertMessage(message);
  return message;
}

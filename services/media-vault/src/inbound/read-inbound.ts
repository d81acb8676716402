import type { Handler, Published, Publisher } from "@mio/bus";
import { assertMessage, decodeMessage, encodeMessage } from "@mio/envelope";
import { toMioError } from "@mio/failure";
import type { Message } from "@mio/proto";
import { hasOpenAttachments } from "../attachments/open-attachments.ts";
import type { PublishEnriched } from "../enriched/publish-enriched.ts";
import type { MediaVaultEvents } from "../events.ts";
import type { Names, NamingContext } from "../names/names.ts";
import type { Persist } from "../persist.ts";
import type { AttachmentQueue } from "../queue/attachment-queue.ts";
import type { Inbound, InboundOrder } from "./inbound-order.ts";

export interface ReadInboundOptions {
  readonly order: InboundOrder;
  readonly queue: AttachmentQueue;
  readonly names: Pick<Names, "complete">;
  readonly publisher: Publisher;
  readonly publishEnriched: PublishEnriched;
  readonly persist: Persist;
  readonly events: MediaVaultEvents;
  /** Called with the account of each queued message. */
  readonly onQueued: (accountId: string) => void;
}

/**
 * Handles one inbound message: publishes it enriched if it has no attachments, else queues it. An event about a
 * queued message is queued behind it. No download delays this handler.
 */
export function createReadInbound(options: ReadInboundOptions): Handler {
  const { order, events } = options;
  return async (delivery, { signal, queuedBehind }) => {
    const startedAt = performance.now();
    for await (const earlier of order.earlierThan(delivery, signal)) {
      await forwardIfPossible(earlier, { ...options, signal });
    }
    const message = decode(delivery);
    const published = await forward(message, delivery, {
      ...options,
      signal,
      queuedBehind: () => readable(queuedBehind()),
    });
    if (published !== "queued") {
      events.messageEnriched({ message, delivery, keepings: [], published, startedAt });
    }
    return { kind: "done" };
  };
}

interface Forwarding extends ReadInboundOptions, NamingContext {}

/** A message that can never be published becomes a dead letter at its own delivery. */
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
    // A message without attachments is published with its original bytes, unless its sender got a name.
    const isNamed = await options.names.complete(message, options);
    const enriched = isNamed ? encodeMessage(message) : payload;
    return await options.publishEnriched(
      { message, payload: enriched, storedAt, isRepeated: deliveryCount > 1 },
      signal,
    );
  }
  const publication = queue.publicationOf(message, payload);
  const onDelayed = events.delayOf(message);
  await persist(() => publisher.publish(publication), signal, onDelayed);
  events.messageQueued(message);
  options.onQueued(message.accountId);
  return "queued";
}

function* readable(waiting: readonly Pick<Inbound, "payload">[]): Iterable<Message> {
  for (const later of waiting) {
    try {
      yield decode(later);
    } catch {
      // Not a message: its own delivery reports that.
    }
  }
}

function decode({ payload }: Pick<Inbound, "payload">): Message {
  const message = decodeMessage(payload);
  assertMessage(message);
  return message;
}

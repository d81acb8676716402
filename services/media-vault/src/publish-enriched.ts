import type { Published, Publisher } from "@mio/bus";
import { enrichedDedupId, enrichedSubject } from "@mio/envelope";
import type { Message } from "@mio/proto";
import type { MediaVaultEvents } from "./events.ts";
import type { Persist } from "./persist.ts";

export interface Enriched {
  readonly message: Message;
  readonly payload: Uint8Array;
  /** When the stream it comes from stored it. */
  readonly storedAt: Date;
}

/** Publishes a message until the enriched stream has it. Rejects when the stream can never take it. */
export type PublishEnriched = (enriched: Enriched, signal: AbortSignal) => Promise<Published>;

export interface PublishEnrichedOptions {
  readonly publisher: Publisher;
  readonly persist: Persist;
  readonly events: MediaVaultEvents;
}

/** Publishing again costs nothing; a new delivery would fetch every attachment again. */
export function createPublishEnriched({
  publisher,
  persist,
  events,
}: PublishEnrichedOptions): PublishEnriched {
  return ({ message, payload }, signal) => {
    const publication = { subject: enrichedSubject(message), dedupId: enrichedDedupId(message.id), payload };
    return persist(() => publisher.publish(publication), signal, events.delayOf(message));
  };
}

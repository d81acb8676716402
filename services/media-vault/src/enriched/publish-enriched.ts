import type { Published, Publisher } from "@mio/bus";
import { enrichedDedupId, enrichedSubject } from "@mio/envelope";
import type { MediaVaultEvents } from "../events.ts";
import type { Persist } from "../persist.ts";
import type { AlreadyEnriched, Search } from "./already-enriched.ts";

export interface Enriched extends Search {
  readonly payload: Uint8Array;
}

/** Publishes a message until the enriched stream has it. Rejects if the stream can never accept it. */
export type PublishEnriched = (enriched: Enriched, signal: AbortSignal) => Promise<Published>;

export interface PublishEnrichedOptions {
  readonly publisher: Publisher;
  readonly alreadyEnriched: AlreadyEnriched;
  readonly persist: Persist;
  readonly events: MediaVaultEvents;
}

/** Repeating a publication is cheap; a redelivery would fetch every attachment again. */
export function createPublishEnriched(options: PublishEnrichedOptions): PublishEnriched {
  const { publisher, alreadyEnriched, persist, events } = options;
  return ({ message, payload, storedAt, isRepeated }, signal) => {
    const publication = { subject: enrichedSubject(message), dedupId: enrichedDedupId(message.id), payload };
    let isRetry = isRepeated;
    const publish = async (): Promise<Published> => {
      const search = { message, storedAt, isRepeated: isRetry };
      // An unanswered attempt may have stored it.
      isRetry = true;
      return (await alreadyEnriched.find(search)) ?? (await publisher.publish(publication));
    };
    return persist(publish, signal, events.delayOf(message));
  };
}

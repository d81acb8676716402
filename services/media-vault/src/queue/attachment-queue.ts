import { createHash } from "node:crypto";
import { askJetStream, type Bus, type Publication, streams } from "@mio/bus";
import { enrichedDedupId, enrichedSubject } from "@mio/envelope";
import type { Message } from "@mio/proto";
import { identityOf, targetOf } from "./event-identity.ts";

/**
 * The messages on `MESSAGES_ATTACHMENTS`: those with attachments to fetch, and events about them. A message stays
 * there until it is on the enriched stream, so the stream itself is the list of waiting messages.
 *
 * Both queries reject with `bus.unavailable` while JetStream does not answer.
 */
export interface AttachmentQueue {
  publicationOf(message: Message, payload: Uint8Array): Publication;
  /** Whether the target of an event, or an earlier event about it, is on the queue. */
  holdsTargetOf(message: Message): Promise<boolean>;
  /** Whether the queue has a message before `sequence` that must be published first. */
  holdsPrecursorOf(message: Message, sequence: number): Promise<boolean>;
}

export function createAttachmentQueue({ jsm }: Pick<Bus, "jsm">): AttachmentQueue {
  const firstSequence = async (subject: string): Promise<number> => {
    const query = { seq: 1, next_by_subj: subject };
    const stored = await askJetStream("attachments", jsm.streams.getMessage(streams.attachments.name, query));
    return stored?.seq ?? Number.POSITIVE_INFINITY;
  };
  return {
    publicationOf: (message, payload) => ({
      subject: queueSubject(message, identityOf(message)),
      dedupId: enrichedDedupId(message.id),
      payload,
    }),
    holdsTargetOf: async (message) => {
      const target = targetOf(message);
      return target !== undefined && Number.isFinite(await firstSequence(queueSubject(message, target)));
    },
    holdsPrecursorOf: async (message, sequence) => {
      const target = targetOf(message);
      if (target === undefined) return false;
      const subjects = new Set([target, identityOf(message)].map((id) => queueSubject(message, id)));
      const firsts = await Promise.all([...subjects].map(firstSequence));
      return Math.min(...firsts) < sequence;
    },
  };
}

/** `mio.attachments.<channel>.<account>.<conversation>.<hash of a source id>`: source ids may contain any character. */
function queueSubject(message: Message, sourceMessageId: string): string {
  const hash = createHash("sha256").update(sourceMessageId).digest("hex").slice(0, 32);
  return `${enrichedSubject(message).replace("mio.inbound_enriched.", "mio.attachments.")}.${hash}`;
}

import { streamNames } from "@mio/jetstream";
import { isForbidden } from "../connection/server-check.ts";
import type { Session } from "../connection/session.ts";
import type { Delivery, Identity } from "./delivery.ts";

/** A search for earlier messages of a conversation. */
export interface Look {
  readonly delivery: Delivery;
  /** All messages up to this sequence are finished. */
  readonly floor: number;
  /** Whether this process holds or has finished the message. */
  readonly isKnown: (identity: Identity) => boolean;
}

/** Limits the requests of one search. A conversation with more unfinished messages does not wait. */
const maxLooks = 100;

/**
 * Whether this process knows every earlier message of the same subject. True when the agent may not read the stream.
 *
 * @throws Error when the stream does not answer
 */
export async function isNextOfSubject(
  session: Session,
  { delivery, floor, isKnown }: Look,
): Promise<boolean> {
  const { subject, seq: own } = delivery;
  let seq = floor + 1;
  for (let look = 0; look < maxLooks && seq < own; look += 1) {
    const query = { seq, next_by_subj: subject };
    const earlier = await session.jsm.streams
      .getMessage(streamNames.enriched, query)
      .catch((error: unknown) => {
        if (isForbidden(error)) return null;
        throw error;
      });
    if (earlier === null || earlier.seq >= own) return true;
    if (!isKnown({ seq: earlier.seq, timeMs: earlier.time.getTime() })) return false;
    seq = earlier.seq + 1;
  }
  return true;
}

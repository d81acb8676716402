import { askJetStream, type Bus, type Published, streams } from "@mio/bus";
import { enrichedDedupId, enrichedSubject, headerNames } from "@mio/envelope";
import type { Clock } from "@mio/pacing";
import type { Message } from "@mio/proto";

export interface Search {
  readonly message: Message;
  /** When the stream that the message comes from stored it. */
  readonly storedAt: Date;
  /** Whether this process itself may have published it a while ago. */
  readonly isRepeated: boolean;
}

/** Finds messages on the enriched stream for which its dedup window is too short. */
export interface AlreadyEnriched {
  /** Rejects with `bus.unavailable` while JetStream does not answer. */
  find(search: Search): Promise<Published | undefined>;
  /** To be called when messages may be delivered that were handled before. */
  forget(): void;
}

/** By so much the clocks of two servers may differ. */
const skewMs = 10_000;

/**
 * A message that is younger than half of the window is not looked for: the server drops a second copy. An older one comes
 * after an outage, or because the consumer was made again. It is looked for from the time on at which its source was
 * stored, up to the last message that was there when this process began to read. So a backlog costs one request for each
 * message, and not a walk over what this process has just published.
 */
export function createAlreadyEnriched({ jsm }: Pick<Bus, "jsm">, clock: Clock): AlreadyEnriched {
  const { name, duplicateWindowMs } = streams.enriched;
  let end: Promise<number> | undefined;

  const readEnd = async (): Promise<number> => {
    const { state } = await askJetStream("streams", jsm.streams.info(name));
    return state.last_seq;
  };
  const endOf = ({ isRepeated }: Search): Promise<number> => {
    if (end !== undefined && !isRepeated) return end;
    const reading = readEnd();
    reading.catch(() => {
      if (end === reading) end = undefined;
    });
    end = reading;
    return reading;
  };
  const nextOf = (query: {
    readonly seq: number;
    readonly next_by_subj: string;
    readonly start_time?: Date;
  }) => askJetStream("messages", jsm.streams.getMessage(name, query));
  return {
    forget: () => {
      end = undefined;
    },
    find: async (search) => {
      const { message, storedAt } = search;
      if (clock.now().getTime() - storedAt.getTime() < duplicateWindowMs / 2) return undefined;
      const last = await endOf(search);
      const next_by_subj = enrichedSubject(message);
      const dedupId = enrichedDedupId(message.id);
      const start_time = new Date(storedAt.getTime() - skewMs);
      let stored = await nextOf({ seq: 0, next_by_subj, start_time });
      while (stored !== null && stored.seq <= last) {
        if (stored.header.get(headerNames.dedupId) === dedupId) {
          return { stream: name, sequence: stored.seq, duplicate: true };
        }
        stored = await nextOf({ seq: stored.seq + 1, next_by_subj });
      }
      return undefined;
    },
  };
}

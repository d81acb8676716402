import { askJetStream, type Bus, type Published, streams } from "@mio/bus";
import { enrichedDedupId, enrichedSubject, headerNames } from "@mio/envelope";
import type { Clock } from "@mio/pacing";
import type { Message } from "@mio/proto";

export interface Search {
  readonly message: Message;
  /** When the message's source stream stored it. */
  readonly storedAt: Date;
  /** Whether this process may have published it before. */
  readonly isRepeated: boolean;
}

/** Finds messages on the enriched stream that are older than its dedup window. */
export interface AlreadyEnriched {
  /** Rejects with `bus.unavailable` while JetStream does not answer. */
  find(search: Search): Promise<Published | undefined>;
  /** Call it when messages may be redelivered that were already handled. */
  forget(): void;
}

/** Maximum difference between the clocks of two servers. */
const skewMs = 10_000;

/**
 * A message younger than half of the window is not looked up: the server drops a second copy. An older one arrives
 * after an outage, or because the consumer was re-created. The lookup starts at the time when its source was stored,
 * and ends at the last message that existed when this process began to read. So a backlog costs one request per
 * message, without scanning the messages that this process has just published.
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

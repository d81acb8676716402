import type { Bus } from "@mio/bus";
import { type MioError, toMioError } from "@mio/failure";
import { extractTrace, withSpan } from "@mio/service-kit";
import type { OutboxEntry } from "@mio/store";
import type { ConfirmedEvents } from "./confirmed-events.ts";
import type { GiveUpEvent } from "./give-up-event.ts";
import type { StoredEvents } from "./stored-events.ts";

export interface RelayBatchDeps {
  readonly bus: Pick<Bus, "publisher">;
  readonly stored: Pick<StoredEvents, "duplicateWindowMs" | "idsSince">;
  readonly confirmed: Pick<ConfirmedEvents, "has">;
  readonly giveUp: GiveUpEvent;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/** The outcomes of a batch. Events in none of the lists were not tried. */
export interface RelayedBatch {
  /** On the stream; their rows can be removed. */
  readonly published: readonly string[];
  /** Dead letters; their rows can be removed. */
  readonly givenUp: readonly GivenUpEvent[];
  readonly failed: readonly FailedEvent[];
}

export interface GivenUpEvent {
  readonly entry: OutboxEntry;
  readonly error: MioError;
}

export type FailedEvent = GivenUpEvent;

const publishTimeoutMs = 2_000;

/**
 * Publishes conversations in parallel, and the events of each one in order: after a failure the rest of that
 * conversation is skipped. Starts no publication after `until`, because another gateway may have the turn then.
 */
export async function relayBatch(
  deps: RelayBatchDeps,
  { entries, until }: { readonly entries: readonly OutboxEntry[]; readonly until: number },
): Promise<RelayedBatch> {
  const published: string[] = [];
  const givenUp: GivenUpEvent[] = [];
  const failed: FailedEvent[] = [];

  const relayOne = async (entry: OutboxEntry): Promise<boolean> => {
    try {
      await publishEntry(deps.bus, entry);
      published.push(entry.messageId);
      return true;
    } catch (error) {
      const failure = toMioError(error);
      if (failure.code === "bus.too_large") return giveUp(entry, failure);
      failed.push({ entry, error: failure });
      return false;
    }
  };

  const giveUp = async (entry: OutboxEntry, error: MioError): Promise<boolean> => {
    try {
      await deps.giveUp(entry, error);
      givenUp.push({ entry, error });
    } catch {
      failed.push({ entry, error });
    }
    // It will never fit, so the next events do not wait for it.
    return true;
  };

  /** Returns whether the next event of the conversation may follow. */
  const relayUnlessKnown = async (entry: OutboxEntry, known: ReadonlySet<string>): Promise<boolean> => {
    if (!known.has(entry.dedupId) && !deps.confirmed.has(entry.messageId)) {
      return deps.now() < until && (await relayOne(entry));
    }
    published.push(entry.messageId);
    return true;
  };

  const relayConversation = async ([oldest, ...younger]: readonly OutboxEntry[]): Promise<void> => {
    if (oldest === undefined) return;
    const line = [oldest, ...younger];
    try {
      const known = await idsOnStream(deps, line);
      for (const entry of line) if (!(await relayUnlessKnown(entry, known))) return;
    } catch (error) {
      failed.push({ entry: oldest, error: toMioError(error) });
    }
  };

  const lines = Map.groupBy(entries, ({ conversationId }) => conversationId);
  await Promise.all([...lines.values()].map(relayConversation));
  return { published, givenUp, failed };
}

/**
 * The stream deduplicates within its window. For an event that may have been published before that, the stream is
 * searched: its row may have stayed because the gateway or Postgres crashed after the publication.
 */
async function idsOnStream(
  { stored }: Pick<RelayBatchDeps, "stored">,
  line: readonly OutboxEntry[],
): Promise<ReadonlySet<string>> {
  const windowMs = await stored.duplicateWindowMs();
  const oldest = line.find(({ ageMs }) => ageMs > windowMs * trustedShare);
  return oldest === undefined ? none : await stored.idsSince(oldest.subject, oldest.recordedAt);
}

/** Share of the window: an event that was published when recorded is still deduplicated within it. */
const trustedShare = 0.5;
const none: ReadonlySet<string> = new Set();

function publishEntry(bus: RelayBatchDeps["bus"], entry: OutboxEntry): Promise<unknown> {
  const parent = extractTrace(
    new Map(entry.traceparent === undefined ? [] : [["traceparent", entry.traceparent]]),
  );
  const { subject, dedupId, envelope: payload } = entry;
  return withSpan("mio.relay", { kind: "producer", parent }, () =>
    bus.publisher.publish({ subject, dedupId, payload }, { timeoutMs: publishTimeoutMs }),
  );
}

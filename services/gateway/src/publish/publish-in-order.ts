import type { Publisher } from "@mio/bus";
import { toMioError } from "@mio/failure";
import { createBoundedMap } from "@mio/pacing";
import type { LedgerEntry } from "@mio/store";
import type { BusBreaker } from "./bus-breaker.ts";
import type { ConfirmedEvents } from "./confirmed-events.ts";
import type { OutboxRelay } from "./outbox-relay.ts";

export type OrderedPublication =
  | { readonly kind: "published" }
  /**
   * The relay publishes it. `order`: after older events of its conversation. `backlog`: once the bus confirms again.
   */
  | { readonly kind: "left"; readonly cause: "order" | "backlog" | string };

/** Publishes recorded events, one conversation in order. */
export interface OrderedPublisher {
  /**
   * Publishes an event, or leaves it to the relay if an older event of its conversation is not on the stream or the
   * bus does not confirm in time. Call it in the order in which the ledger returned the events.
   */
  publish(entry: LedgerEntry): Promise<OrderedPublication>;
  /** Whether this process is publishing the event or has published it. */
  isOwn(messageId: string): boolean;
}

export interface OrderedPublisherDeps {
  readonly publisher: Pick<Publisher, "publish">;
  readonly confirmed: Pick<ConfirmedEvents, "add" | "has">;
  readonly relay: Pick<OutboxRelay, "leave">;
  readonly breaker: BusBreaker;
  /** How long a caller waits, for older events of the conversation and for the bus together. */
  readonly publishWaitMs: number;
  /** Milliseconds of `performance.now()`. */
  readonly now: () => number;
}

/**
 * If an event is older than this at its turn, the process was paused. Meanwhile another gateway may have published it
 * and later ones; the relay checks the stream before it publishes.
 */
const maxAgeMs = 30_000;
/** Maximum number of conversations in `leftAt`. */
const maxRemembered = 50_000;

export function createOrderedPublisher(deps: OrderedPublisherDeps): OrderedPublisher {
  const { publisher, confirmed, relay, breaker, publishWaitMs, now } = deps;
  const underWay = new Set<string>();
  /** The newest publication in progress, per conversation. */
  const newest = new Map<string, Promise<OrderedPublication>>();
  /** When an event of a conversation was last left to the relay. */
  const leftAt = createBoundedMap<string, number>(maxRemembered);

  const isOwn = (messageId: string): boolean => underWay.has(messageId) || confirmed.has(messageId);

  /** An older event was in the outbox, or was left to the relay after the statement began. */
  const followsOthers = ({ conversationId, waitsBehind, asOf }: LedgerEntry): boolean =>
    (waitsBehind !== undefined && !isOwn(waitsBehind)) ||
    (leftAt.peek(conversationId) ?? Number.NEGATIVE_INFINITY) >= asOf;

  const send = async (entry: LedgerEntry, deadline: number): Promise<string | undefined> => {
    const { subject, dedupId, envelope: payload } = entry;
    const timeoutMs = deadline - now();
    if (timeoutMs <= 0 || now() - entry.asOf > maxAgeMs) return "order";
    try {
      await publisher.publish({ subject, dedupId, payload }, { timeoutMs });
      breaker.succeeded();
      return undefined;
    } catch (error) {
      const { code } = toMioError(error);
      // After other failures the next caller does not wait.
      if (code === "bus.publish_timeout") breaker.failed();
      return code;
    }
  };

  /** Why the event is left to the relay; undefined if it is published. */
  const attempt = async (
    entry: LedgerEntry,
    before: Promise<OrderedPublication> | undefined,
  ): Promise<string | undefined> => {
    if (followsOthers(entry)) return "order";
    const deadline = now() + publishWaitMs;
    if (before !== undefined && !(await isPublishedWithin(before, publishWaitMs))) return "order";
    return breaker.allows() ? await send(entry, deadline) : "backlog";
  };

  const leave = (conversationId: string): void => {
    leftAt.set(conversationId, now());
    relay.leave(conversationId);
  };

  const run = async (
    entry: LedgerEntry,
    before: Promise<OrderedPublication> | undefined,
  ): Promise<OrderedPublication> => {
    underWay.add(entry.messageId);
    const cause = await attempt(entry, before);
    if (cause === undefined) confirmed.add(entry.messageId);
    else leave(entry.conversationId);
    underWay.delete(entry.messageId);
    return cause === undefined ? { kind: "published" } : { kind: "left", cause };
  };

  return {
    isOwn,
    async publish(entry) {
      const { conversationId } = entry;
      const outcome = run(entry, newest.get(conversationId));
      newest.set(conversationId, outcome);
      try {
        return await outcome;
      } finally {
        if (newest.get(conversationId) === outcome) newest.delete(conversationId);
      }
    },
  };
}

/** A timer alone: `withDeadline` would also create a signal, for work that cannot be aborted anyway. */
function isPublishedWithin(publication: Promise<OrderedPublication>, ms: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(resolve, ms, false);
  void publication.then(({ kind }) => {
    clearTimeout(timer);
    resolve(kind === "published");
  });
  return promise;
}

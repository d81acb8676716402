import type { Bus } from "@mio/bus";
import { type MioError, toMioError } from "@mio/failure";
import { type Clock, extractTrace, type Logger, type Worker, withSpan } from "@mio/service-kit";
import {
  claimFromOutbox,
  type Db,
  endOutboxClaims,
  type OutboxEntry,
  removeFromOutbox,
  returnToOutbox,
} from "@mio/store";

/** Publishes what the bus did not confirm at once. */
export interface OutboxRelay {
  /**
   * Whose turn it is to publish an event that was just recorded: the caller's, or the relay's, from the first
   * failed publish until the outbox is drained. While the relay hands over, callers wait for a moment and are
   * answered in the order in which they asked, so that no event overtakes one that was left to the relay.
   */
  turn(): "caller" | "relay" | Promise<"caller" | "relay">;
  /** Hands over to the relay now, because a publish failed. */
  takeOver(): void;
  readonly worker: Worker;
}

export interface OutboxRelayOptions {
  readonly db: Db;
  readonly bus: Pick<Bus, "publisher" | "isConnected">;
  readonly clock: Clock;
  readonly logger: Logger;
  /** In normal times only events older than this are taken up: younger ones are being published. */
  readonly minAgeMs: number;
  readonly onRelayed: (count: number) => void;
}

const batchSize = 256;
const idleMs = 1_000;
const retryMs = 250;
const publishTimeoutMs = 5_000;
const leaseMs = 10_000;
const maxLeaseMs = 60_000;

export function createOutboxRelay(options: OutboxRelayOptions): OutboxRelay {
  const { db, bus, clock, logger, minAgeMs, onRelayed } = options;
  // True at first: what a former life of this process left behind goes out before anything new.
  let behind = true;
  let wake = Promise.withResolvers<void>();
  /** Closed while the relay publishes the last events that were left to it. */
  let gate: PromiseWithResolvers<void> | undefined;

  /** One batch; tells whether more may be waiting. */
  const relayBatch = async (ageMs: number): Promise<"more" | "drained" | "stuck"> => {
    if (!bus.isConnected()) return "stuck";
    const entries = await claimFromOutbox(db, { minAgeMs: ageMs, leaseMs, maxLeaseMs, limit: batchSize });
    if (entries.length === 0) return "drained";
    const { done, undone, error } = await publishAll(bus, entries);
    await removeFromOutbox(db, done);
    onRelayed(done.length);
    if (error === undefined) return entries.length < batchSize ? "drained" : "more";
    logger.warn({ err: error, failed: undone.length }, "outbox.relay_failed");
    // What no retry can help keeps its lease, so that it does not hold up the rest.
    if (error.retry === "never") return "more";
    await returnToOutbox(db, undone, error.code);
    return "stuck";
  };

  /** Drains everything; then, with new events held at the gate, what was left to it meanwhile. */
  const catchUp = async (): Promise<"more" | "drained" | "stuck"> => {
    const state = await relayBatch(0);
    if (state !== "drained") return state;
    gate = Promise.withResolvers();
    try {
      const rest = await relayBatch(0);
      behind = rest !== "drained";
      return rest;
    } finally {
      gate.resolve();
      // Whoever waits goes first; only then is the gate open for those who come.
      await gate.promise;
      gate = undefined;
    }
  };

  const pause = async (ms: number, signal: AbortSignal): Promise<void> => {
    const timer = new AbortController();
    await Promise.race([
      clock.sleep(ms, AbortSignal.any([signal, timer.signal])).catch(() => {}),
      wake.promise,
    ]);
    timer.abort();
  };

  const whose = (): "caller" | "relay" => (behind ? "relay" : "caller");

  return {
    turn: () => (gate === undefined ? whose() : gate.promise.then(whose)),
    takeOver() {
      behind = true;
      wake.resolve();
      wake = Promise.withResolvers();
    },
    worker: {
      name: "outbox-relay",
      async run(signal) {
        // A claim of a former life would keep its event back while later ones of its conversation go out.
        await endOutboxClaims(db);
        while (!signal.aborted) {
          const state = behind ? await catchUp() : await relayBatch(minAgeMs);
          if (state !== "more") await pause(state === "stuck" ? retryMs : idleMs, signal);
        }
      },
    },
  };
}

interface Published {
  readonly done: readonly string[];
  readonly undone: readonly string[];
  readonly error: MioError | undefined;
}

async function publishAll(
  bus: OutboxRelayOptions["bus"],
  entries: readonly OutboxEntry[],
): Promise<Published> {
  const outcomes = await Promise.allSettled(entries.map((entry) => publishEntry(bus, entry)));
  const idsWhere = (status: "fulfilled" | "rejected"): readonly string[] =>
    entries.flatMap((entry, at) => (outcomes[at]?.status === status ? [entry.messageId] : []));
  const failed = outcomes.find((outcome) => outcome.status === "rejected");
  return {
    done: idsWhere("fulfilled"),
    undone: idsWhere("rejected"),
    error: failed === undefined ? undefined : toMioError(failed.reason),
  };
}

function publishEntry(bus: OutboxRelayOptions["bus"], entry: OutboxEntry): Promise<unknown> {
  const parent = extractTrace(
    new Map(entry.traceparent === undefined ? [] : [["traceparent", entry.traceparent]]),
  );
  const { subject, dedupId, envelope: payload } = entry;
  return withSpan("mio.relay", { kind: "producer", parent }, () =>
    bus.publisher.publish({ subject, dedupId, payload }, { timeoutMs: publishTimeoutMs }),
  );
}

import type { Bus } from "@mio/bus";
import { newId } from "@mio/envelope";
import { toMioError } from "@mio/failure";
import type { Clock } from "@mio/pacing";
import type { Logger, Worker } from "@mio/service-kit";
import {
  type Db,
  endOutboxTurn,
  maxOfConversation,
  noteOutboxFailure,
  type OutboxDue,
  readOutbox,
  removeFromOutbox,
  takeOutboxTurn,
} from "@mio/store";
import type { BusBreaker } from "./bus-breaker.ts";
import {
  type FailedEvent,
  type GivenUpEvent,
  type RelayBatchDeps,
  type RelayedBatch,
  relayBatch,
} from "./relay-batch.ts";
import type { StoredEvents } from "./stored-events.ts";

/** Publishes events that the recording gateway did not publish. */
export interface OutboxRelay {
  /** Leaves the events of a conversation to the relay, at once and at any age. */
  leave(conversationId: string): void;
  readonly worker: Worker;
}

export interface OutboxRelayOptions extends Omit<RelayBatchDeps, "bus" | "stored"> {
  readonly db: Db;
  readonly bus: Pick<Bus, "publisher" | "isConnected" | "ping">;
  readonly stored: StoredEvents;
  readonly breaker: Pick<BusBreaker, "succeeded">;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Events of any gateway are relayed from this age on: younger ones are being published. */
  readonly minAgeMs: number;
  readonly onRelayed: (count: number) => void;
  readonly onGivenUp: (event: GivenUpEvent) => void;
}

const batchSize = 256;
const idleMs = 500;
/** Another gateway has the turn, or NATS is disconnected. */
const retryMs = 100;
/** Delay after a failed batch, so that a gateway with a better connection gets the turn. */
const restMs = 2_000;
const pingTimeoutMs = 1_000;
const leaseMs = 10_000;
/** Part of the lease; the rest is for publications in progress at its end. */
const workMs = 4_000;
/** Above it, conversations are found by the age of their events. */
const maxLeft = 1_000;

type Round = "more" | "idle" | "busy" | "disconnected" | "failed";

const pauseMs: Readonly<Record<Round, number>> = {
  more: 0,
  idle: idleMs,
  busy: retryMs,
  disconnected: retryMs,
  failed: restMs,
};

/**
 * Relays outbox events. One gateway at a time has the turn and publishes all events of the conversations that have a
 * due one. A gateway whose batch fails releases the turn, pauses, and asks again only once NATS answers it.
 */
export function createOutboxRelay(options: OutboxRelayOptions): OutboxRelay {
  const { db, clock, logger } = options;
  const owner = newId();
  const left = new Set<string>();
  const round = createRounds(options, { owner, left });
  let wake = Promise.withResolvers<void>();

  const pause = async (result: Round, signal: AbortSignal): Promise<void> => {
    const timer = new AbortController();
    const sleep = clock
      .sleep(pauseMs[result], AbortSignal.any([signal, timer.signal]))
      .catch(() => undefined);
    await (result === "idle" ? Promise.race([sleep, wake.promise]) : sleep);
    timer.abort();
  };

  return {
    leave(conversationId) {
      remember(left, conversationId);
      wake.resolve();
    },
    worker: {
      name: "outbox-relay",
      async run(signal) {
        while (!signal.aborted) {
          wake = Promise.withResolvers();
          const result = await round();
          if (result !== "more") await pause(result, signal);
        }
        await endOutboxTurn(db, owner).catch((error: unknown) => {
          logger.warn({ err: toMioError(error) }, "outbox.turn_not_ended");
        });
      },
    },
  };
}

function remember(left: Set<string>, conversationId: string): void {
  if (left.size < maxLeft) left.add(conversationId);
}

interface Mine {
  readonly owner: string;
  /** Conversations left to the relay of this process. */
  readonly left: Set<string>;
}

function createRounds(options: OutboxRelayOptions, { owner, left }: Mine): () => Promise<Round> {
  const { db, bus, stored, breaker, minAgeMs, now, onRelayed, onGivenUp } = options;
  let isDoubtful = false;
  let hasTurn = false;

  const forget = ({ conversationIds }: OutboxDue): void => {
    for (const id of conversationIds) left.delete(id);
  };

  const relay = async (due: OutboxDue, until: number): Promise<Round> => {
    // Conversations that this batch does not finish are added again.
    forget(due);
    const entries = await readOutbox(db, { due, limit: batchSize });
    const batch = await relayBatch(options, { entries, until });
    const { published, givenUp, failed } = batch;
    await removeFromOutbox(db, [...published, ...givenUp.map(({ entry }) => entry.messageId)]);
    if (published.length > 0) breaker.succeeded();
    onRelayed(published.length);
    givenUp.forEach(onGivenUp);
    await noteFailures(options, failed);
    isDoubtful = isStuck(batch);
    const isWhole = entries.length < maxOfConversation;
    const isComplete = published.length + givenUp.length === entries.length;
    if (!isWhole || !isComplete) for (const { conversationId } of entries) remember(left, conversationId);
    return isDoubtful ? "failed" : next({ isWhole, isComplete, failed });
  };

  /** Releases the turn unless the next round follows at once. */
  const inTurn = async (work: () => Promise<Round>): Promise<Round> => {
    let result: Round = "failed";
    hasTurn = true;
    try {
      result = await work();
      return result;
    } finally {
      if (result !== "more") await endTurn();
    }
  };

  const endTurn = async (): Promise<void> => {
    if (!hasTurn) return;
    await endOutboxTurn(db, owner);
    hasTurn = false;
  };

  return async () => {
    if (!bus.isConnected()) return "disconnected";
    if (isDoubtful && !(await answers(bus))) return "failed";
    const due = { minAgeMs, conversationIds: [...left] };
    const until = now() + workMs;
    switch (await takeOutboxTurn(db, { owner, leaseMs, due })) {
      case "busy":
        return "busy";
      case "nothing_due":
        await endTurn();
        forget(due);
        stored.forget();
        return "idle";
      case "taken":
        return await inTurn(() => relay(due, until));
    }
  };
}

/** No event was published, and a retry may help. */
function isStuck({ published, failed }: RelayedBatch): boolean {
  return published.length === 0 && failed.some(({ error }) => error.retry !== "never");
}

interface Ended {
  /** No further events of the conversations were in the outbox. */
  readonly isWhole: boolean;
  readonly isComplete: boolean;
  readonly failed: readonly FailedEvent[];
}

function next({ isWhole, isComplete, failed }: Ended): Round {
  if (isComplete) return isWhole ? "idle" : "more";
  return failed.length > 0 ? "idle" : "more";
}

async function noteFailures(
  { db, logger }: OutboxRelayOptions,
  failed: readonly FailedEvent[],
): Promise<void> {
  const [first] = failed;
  if (first === undefined) return;
  logger.warn({ err: first.error, failed: failed.length }, "outbox.relay_failed");
  for (const [code, events] of Map.groupBy(failed, ({ error }) => error.code)) {
    const ids = events.map(({ entry }) => entry.messageId);
    await noteOutboxFailure(db, ids, code);
  }
}

function answers(bus: Pick<Bus, "ping">): Promise<boolean> {
  return bus.ping(AbortSignal.timeout(pingTimeoutMs)).then(
    () => true,
    () => false,
  );
}

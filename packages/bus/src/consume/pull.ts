import { toMioError } from "@mio/failure";
import {
  type ConsumerName,
  isDelivery,
  type OpenTime,
  type Pin,
  pinIdOf,
  pullSubject,
  readPullStatus,
  takeUndelivered,
  toPullBody,
} from "@mio/jetstream";
import { type Backoff, createBackoff, systemClock } from "@mio/pacing";
import type { Logger } from "@mio/service-kit";
import { createInbox, type Msg, type Subscription } from "@nats-io/nats-core";
import type { Bus } from "../connect/connection.ts";
import type { ConsumerDeclaration } from "../topology/topology.ts";
import { toDelivery } from "./delivery.ts";

export interface PullOptions {
  readonly bus: Bus;
  readonly consumer: ConsumerDeclaration;
  /** How many more deliveries the caller can hold now. */
  readonly free: () => number;
  /** The maximum number of deliveries per request. */
  readonly batch: number;
  readonly onMessage: (msg: Msg) => void;
  /** Creates the consumer if it is missing. Called after a failure, and retried until it resolves. */
  readonly repair: () => Promise<unknown>;
  readonly logger?: Logger | undefined;
  /** Ends pulling. */
  readonly signal: AbortSignal;
}

/** A running pull. */
export interface Pull {
  /** Requests as many deliveries as the caller can hold; to be called when slots were freed. */
  refill(): void;
  /**
   * Resolves when the consumer is verified, which is at once except after a failure. Before that an acknowledgement
   * could reach a message of another stream.
   */
  settled(): Promise<void>;
  /** Stops the requests. Deliveries on their way still arrive, in stream order, before it resolves. */
  stop(): Promise<void>;
}

/** Two heartbeats and some tolerance. After a longer silence the request is lost. */
const silenceMs = 12_000;

/**
 * Keeps pull requests open for as many deliveries as the caller can hold, so that each delivery gets heartbeats from its
 * arrival. The library's own loop buffers deliveries without heartbeats.
 *
 * Every failure (a deleted consumer, a changed leader, silence, a new connection) leads to a reset: it forgets its
 * requests, repairs the consumer and requests again.
 */
export function startPull(options: PullOptions): Pull {
  const { bus, consumer, signal } = options;
  const inbox = createInbox();
  // Short, so that reading resumes soon after an election. Without a connection no request is sent.
  const backoff = createBackoff({ baseMs: 100, maxMs: 1_000 });
  const threshold = Math.max(1, Math.floor(Math.min(options.batch, options.free()) / 4));
  const state = createState();
  const late: Msg[] = [];
  const take = (msg: Msg): void => {
    if (signal.aborted) late.push(msg);
    else options.onMessage(msg);
  };

  const refill = (): void => {
    if (signal.aborted || state.resetting || !bus.isConnected()) return;
    const batch = Math.min(options.batch, options.free()) - state.outstanding;
    if (batch < (state.outstanding === 0 ? 1 : threshold)) return;
    state.outstanding += batch;
    state.lastSeen = performance.now();
    const pin = toPin(consumer, state);
    const body = toPullBody({ batch, open: openFor(consumer), pin });
    bus.nc.publish(pullSubject(toName(consumer)), body, { reply: `${inbox}.${state.generation}` });
  };
  const reset = (reason: string, level: "info" | "warn" = "warn"): void => {
    if (state.resetting || signal.aborted) return;
    state.resetting = true;
    state.generation += 1;
    state.outstanding = 0;
    options.logger?.[level](
      { event: "consume.reset", durable: consumer.durable, reason },
      "restarting the pull",
    );
    state.repaired = repairUntilDone(options, backoff).then(() => {
      state.resetting = false;
      refill();
    });
  };
  const onStatus = (msg: Msg): void => {
    const { kind, text, unfulfilled } = readPullStatus(msg.headers);
    if (kind === "heartbeat") return;
    if (kind === "no_responders" || kind === "failed") {
      // In a cluster a new consumer has no leader for a moment.
      return void reset(text, kind === "no_responders" ? "info" : "warn");
    }
    // The messages go to another process; the next request waits until that one falls silent.
    if (kind === "unpinned") state.pinId = undefined;
    state.outstanding = kind === "unpinned" ? 0 : Math.max(0, state.outstanding - unfulfilled);
    refill();
  };
  const subscription = bus.nc.subscribe(`${inbox}.*`, {
    callback: (error, msg) => {
      if (error !== null) {
        reset(error.message);
        return;
      }
      state.lastSeen = performance.now();
      if (!isDelivery(msg.reply)) {
        if (msg.subject === `${inbox}.${state.generation}`) onStatus(msg);
        return;
      }
      // A late delivery for an earlier request counts too.
      state.outstanding = Math.max(0, state.outstanding - 1);
      state.pinId = pinIdOf(msg.headers) ?? state.pinId;
      take(msg);
      refill();
    },
  });
  const stopWatching = watchForTrouble(options, state, reset);

  return {
    refill,
    settled: () => state.repaired,
    stop: async () => {
      stopWatching();
      await unsubscribe(bus, subscription);
      if (state.outstanding > 0 && bus.isConnected()) await takeLate(options, state, take);
      for (const msg of toStreamOrder(late)) options.onMessage(msg);
      if (state.pinId !== undefined && bus.isConnected()) await unpin(bus, consumer);
    },
  };
}

async function unsubscribe(bus: Bus, subscription: Subscription): Promise<void> {
  if (bus.isConnected()) await Promise.race([subscription.drain(), systemClock.sleep(1_000)]);
  else if (!bus.nc.isClosed()) subscription.unsubscribe();
}

function toName({ stream, durable }: ConsumerDeclaration): ConsumerName {
  return { stream: stream.name, durable };
}

function toPin({ pinned }: ConsumerDeclaration, { pinId }: PullState): Pin | undefined {
  return pinned && { group: pinned.group, id: pinId };
}

function openFor({ pinned }: ConsumerDeclaration): OpenTime {
  if (pinned === undefined) return { expiresMs: 30_000, idleHeartbeatMs: 5_000 };
  // Each request renews the pin: three of them fit before the server gives the messages to another process.
  const expiresMs = Math.floor(pinned.ttlMs / 3);
  return { expiresMs, idleHeartbeatMs: Math.floor(expiresMs / 2) };
}

/** The server fulfils an open request although its inbox is gone. */
async function takeLate(
  { bus, consumer }: PullOptions,
  state: PullState,
  onDelivery: (msg: Msg) => void,
): Promise<void> {
  const pin = toPin(consumer, state);
  await takeUndelivered({ nc: bus.nc, consumer: toName(consumer), pin, onDelivery }).catch(() => {});
}

function toStreamOrder(deliveries: readonly Msg[]): readonly Msg[] {
  const sequenceOf = (msg: Msg): number => toDelivery(msg)?.streamSequence ?? 0;
  return deliveries.toSorted((a, b) => sequenceOf(a) - sequenceOf(b));
}

/** Detects failures that no status of a pull request reports; returns a function that stops it. */
function watchForTrouble(
  { bus, consumer }: PullOptions,
  state: PullState,
  reset: (reason: string) => void,
): () => void {
  const watchdog = setInterval(() => {
    if (!bus.isConnected() || state.outstanding === 0) return;
    if (performance.now() - state.lastSeen > silenceMs) reset("no heartbeat");
  }, 1_000);
  const forget = bus.onReconnect(() => reset("reconnected"));
  const deletions = bus.nc.subscribe(`$JS.EVENT.ADVISORY.STREAM.DELETED.${consumer.stream.name}`, {
    // An error means that this user may not subscribe. The open request then reports the deletion.
    callback: (error) => {
      if (error === null) reset("stream deleted");
    },
  });
  return () => {
    clearInterval(watchdog);
    forget();
    if (!bus.nc.isClosed()) deletions.unsubscribe();
  };
}

/** Releases the pin, so that the next process need not wait until it expires. */
async function unpin({ requests }: Bus, { stream, durable, pinned }: ConsumerDeclaration): Promise<void> {
  const subject = `$JS.API.CONSUMER.UNPIN.${stream.name}.${durable}`;
  const payload = new TextEncoder().encode(JSON.stringify({ group: pinned?.group }));
  // If this fails, the pin expires.
  await requests.request({ subject, payload, timeoutMs: 1_000 }).catch(() => undefined);
}

interface PullState {
  generation: number;
  outstanding: number;
  lastSeen: number;
  resetting: boolean;
  /** Resolves when the last failure is repaired, or pulling has ended. */
  repaired: Promise<void>;
  /** The pin of this process; undefined while another process has it. */
  pinId: string | undefined;
}

function createState(): PullState {
  return {
    generation: 0,
    outstanding: 0,
    lastSeen: performance.now(),
    resetting: false,
    repaired: Promise.resolve(),
    pinId: undefined,
  };
}

/** After a second it is no longer an election. */
const loggedAttempt = 4;

async function repairUntilDone(options: PullOptions, backoff: Backoff): Promise<void> {
  const { bus, repair, signal } = options;
  for (let attempt = 1; !signal.aborted; attempt++) {
    if (attempt > 1) await systemClock.sleep(backoff.ceilingMs(attempt - 1), signal).catch(() => {});
    if (!bus.isConnected()) continue;
    try {
      await repair();
      return;
    } catch (error) {
      logFailure(options, attempt, error);
    }
  }
}

function logFailure({ consumer, logger, signal }: PullOptions, attempt: number, error: unknown): void {
  if (signal.aborted) return;
  const line = { event: "consume.repair_failed", durable: consumer.durable, attempt, err: toMioError(error) };
  if (attempt === loggedAttempt) logger?.warn(line, "the consumer cannot be opened; retrying");
  else logger?.debug(line);
}

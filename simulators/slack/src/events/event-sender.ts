import type { Clock } from "@mio/pacing";
import type { WritableEventLog } from "@mio/simulator-kit";
import type { SlackFaultBoard } from "../faults.ts";
import type { SlackDelivery, SlackEvent, SlackTransport } from "../traffic.ts";
import type { SlackDeliveryOptions } from "../types.ts";
import type { OutgoingEvent } from "./outgoing-event.ts";

/** Limit for retries under way; further events are not retried. */
const maxRetrying = 10_000;
const reorderMs = 1_000;

/** The result of one delivery attempt. */
export interface DeliveryResult {
  readonly status: number;
  readonly error: string | undefined;
  readonly noRetry?: boolean;
  readonly socketId?: string | undefined;
}

/** The number of an attempt, and why it is a retry. */
export interface Attempt {
  readonly number: number;
  readonly reason: string | undefined;
  readonly options: SlackDeliveryOptions;
  readonly signal: AbortSignal;
}

/** Delivers events to the app, by webhook or socket. */
export interface EventTransport {
  deliver(outgoing: OutgoingEvent, attempt: Attempt): Promise<DeliveryResult>;
  /** Resolves when the app can receive the event. */
  ready(outgoing: OutgoingEvent, signal: AbortSignal): Promise<void>;
}

export interface EventSender {
  /** Delivers an event. Resolves after the first attempt; retries a failed one in the background. */
  send(
    outgoing: OutgoingEvent,
    kind: SlackDelivery["kind"],
    options?: SlackDeliveryOptions,
  ): Promise<readonly SlackDelivery[]>;
  /** Runs work in the background and ignores its failure. */
  background(work: Promise<unknown>): void;
  /** Resolves when no background work is left. */
  settled(): Promise<void>;
}

export interface EventSenderOptions {
  readonly transport: () => SlackTransport;
  readonly transports: Readonly<Record<SlackTransport, EventTransport>>;
  readonly faults: Pick<SlackFaultBoard, "take">;
  readonly retryDelaysMs: readonly number[];
  readonly clock: Clock;
  readonly events: WritableEventLog<SlackEvent>;
  readonly closing: AbortSignal;
}

/** Delivers as Slack does: at once, then up to three retries with growing pauses. */
export function createEventSender(options: EventSenderOptions): EventSender {
  const { clock, faults, closing, retryDelaysMs } = options;
  const going = new Set<Promise<unknown>>();
  const attempt = createAttempt(options);
  const queue = createReorder(options);

  const background = (work: Promise<unknown>): void => {
    const kept = work.catch(() => undefined).finally(() => going.delete(kept));
    going.add(kept);
  };
  const retry = async (outgoing: OutgoingEvent, first: DeliveryResult): Promise<void> => {
    let last = first;
    for (const [index, delayMs] of retryDelaysMs.entries()) {
      await clock.sleep(delayMs, closing);
      await waitForTransport(outgoing, options);
      const next = { number: index + 1, reason: last.error, options: {}, signal: closing };
      last = (await attempt(outgoing, "retry", next)).result;
      if (last.error === undefined || last.noRetry) return;
    }
  };
  const once = async (
    outgoing: OutgoingEvent,
    kind: SlackDelivery["kind"],
    { given, signal }: { readonly given: SlackDeliveryOptions; readonly signal: AbortSignal },
  ): Promise<SlackDelivery> => {
    const isLost = kind === "original" && faults.take("lost_event") !== undefined;
    const first = { number: 0, reason: undefined, options: given, signal };
    const { delivery, result } = await attempt(outgoing, kind, isLost ? { ...first, isLost } : first);
    const isRetried = kind === "original" || kind === "duplicate";
    if (isRetried && result.error !== undefined && !result.noRetry && going.size < maxRetrying) {
      background(retry(outgoing, result));
    }
    return delivery;
  };

  return {
    background,
    settled: async () => {
      while (going.size > 0) await Promise.all(going);
    },
    async send(outgoing, kind, given = {}) {
      const signal = given.signal ? AbortSignal.any([closing, given.signal]) : closing;
      if (given.delayMs) await clock.sleep(given.delayMs, signal);
      const leave = kind === "original" ? await queue.enter(signal) : () => undefined;
      const copies = copiesOf(outgoing, { kind, given, faults });
      const context = { given, signal };
      try {
        return await Promise.all([
          once(outgoing, given.forgedSignature ? "forged" : kind, context),
          ...copies.map((copy) => once(copy, "duplicate", context)),
        ]);
      } finally {
        leave();
      }
    },
  };
}

/** The copies to send: repeats on request, and one with another id under `duplicate_event`. */
function copiesOf(
  outgoing: OutgoingEvent,
  context: {
    readonly kind: SlackDelivery["kind"];
    readonly given: SlackDeliveryOptions;
    readonly faults: EventSenderOptions["faults"];
  },
): readonly OutgoingEvent[] {
  const { kind, given, faults } = context;
  const same = Array.from({ length: Number(given.duplicate ?? 0) }, () => outgoing);
  return kind === "original" && faults.take("duplicate_event") ? [...same, outgoing.renamed()] : same;
}

type AttemptOnce = (
  outgoing: OutgoingEvent,
  kind: SlackDelivery["kind"],
  attempt: Attempt & { readonly isLost?: boolean },
) => Promise<{ readonly delivery: SlackDelivery; readonly result: DeliveryResult }>;

function createAttempt({ transport: current, transports, clock, events }: EventSenderOptions): AttemptOnce {
  return async (outgoing, kind, attempt) => {
    const transport = current();
    const at = clock.now();
    const started = performance.now();
    const result: DeliveryResult = attempt.isLost
      ? { status: 0, error: transport === "webhook" ? "http_timeout" : "timeout" }
      : await transports[transport].deliver(outgoing, attempt);
    const { teamId, eventType, eventId, channel, ts } = outgoing;
    const delivery: SlackDelivery = {
      ...{ transport, teamId, kind, eventType, eventId, channel, ts, at },
      attempt: attempt.number,
      status: result.status,
      error: result.error,
      socketId: result.socketId,
      ms: Math.round((performance.now() - started) * 10) / 10,
    };
    events.append({ type: "event.delivered", delivery });
    return { delivery, result };
  };
}

/** Waits until the app can receive the event, at most as long as Slack retries. */
async function waitForTransport(outgoing: OutgoingEvent, options: EventSenderOptions): Promise<void> {
  const { transport, transports, retryDelaysMs, clock, closing } = options;
  const done = new AbortController();
  const signal = AbortSignal.any([closing, done.signal]);
  const longestMs = retryDelaysMs.reduce((sum, delayMs) => sum + delayMs, 0);
  const waits = [transports[transport()].ready(outgoing, signal), clock.sleep(longestMs, signal)];
  try {
    await Promise.race(waits);
  } finally {
    done.abort();
    await Promise.allSettled(waits);
  }
}

/** Delays one event until the next one is delivered. */
function createReorder({ faults, clock }: EventSenderOptions): {
  /** Resolves when the event may be sent. Call the returned function after its delivery. */
  readonly enter: (signal: AbortSignal) => Promise<() => void>;
} {
  let held: PromiseWithResolvers<void> | undefined;
  return {
    async enter(signal) {
      const fault = held ? undefined : faults.take("reorder");
      const waiting = held;
      if (!fault) return () => waiting?.resolve();
      const mine = Promise.withResolvers<void>();
      held = mine;
      const end = new AbortController();
      const pause = clock.sleep(fault.options.ms ?? reorderMs, AbortSignal.any([signal, end.signal]));
      await Promise.race([mine.promise, pause.catch(() => undefined)]);
      held = undefined;
      end.abort();
      return () => undefined;
    },
  };
}

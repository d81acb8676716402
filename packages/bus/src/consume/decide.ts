import { headerNames } from "@mio/envelope";
import { toMioError } from "@mio/failure";
import { isForOtherDurable, type LanePlace } from "@mio/jetstream";
import { createBackoff, systemClock } from "@mio/pacing";
import { extractTrace, type Logger, withSpan } from "@mio/service-kit";
import { type BusOutcome, createBusMeter } from "../connect/bus-metrics.ts";
import { toExhausted } from "../dead-letters/watch-exhausted.ts";
import type { ConsumeOptions } from "./consume-options.ts";
import type { Delivery } from "./delivery.ts";
import { type Held, toAttempt } from "./held.ts";
import type { Outcome } from "./outcome.ts";
import type { Settlement } from "./settle.ts";
import { type Ack, toAck, toOutcome } from "./to-ack.ts";

interface Signals {
  /** The worker is stopping: no new attempt starts. */
  readonly stopping: AbortSignal;
  /** Handlers must end now. */
  readonly graceOver: AbortSignal;
}

/** Runs the handler until the delivery can be settled. Never rejects. */
export type Decider = (held: Held, place: Place) => Promise<Settlement>;

interface Place extends LanePlace<Delivery> {
  readonly isKeyed: boolean;
}

/** Creates the part of `consume` that turns attempts into a settlement. */
export function createDecider(options: ConsumeOptions, signals: Signals): Decider {
  const attempt = createAttempt(options, signals.graceOver);
  return async (held, place) => {
    const redriveDurable = held.delivery.headers.get(headerNames.redriveDurable);
    if (isForOtherDurable(redriveDurable, options.consumer.durable)) return { kind: "ack" };
    while (!signals.stopping.aborted) {
      const ack = await attempt(held, place);
      if (ack.kind !== "retry" || !place.isKeyed) return ack;
      held.attemptsHere += 1;
      await systemClock.sleep(ack.afterMs, signals.stopping).catch(() => {});
      await place.runEarlierFirst();
    }
    return { kind: "return" };
  };
}

type Attempt = (held: Held, place: Place) => Promise<Ack>;

function createAttempt(options: ConsumeOptions, signal: AbortSignal): Attempt {
  const { consumer, handler, logger } = options;
  const meter = createBusMeter("consume", options.metrics);
  const backoff = createBackoff({ baseMs: 1_000, maxMs: 60_000 });

  return async (held, { runEarlierFirst, queuedBehind }) => {
    const { delivery } = held;
    const number = toAttempt(held);
    const isExhausted = number > consumer.maxAttempts;
    const start = performance.now();
    let outcome: Outcome;
    try {
      outcome = isExhausted
        ? await giveUp(held, options)
        : await withSpan("mio.consume", toSpan(held, consumer.durable), () =>
            handler(delivery, { signal, attempt: number, runEarlierFirst, queuedBehind }),
          );
    } catch (error) {
      outcome = toOutcome(toMioError(error), number, backoff);
    }
    // Without a limit: `onExhausted` must succeed, because it reports the end to the sender.
    const maxAttempts = isExhausted ? Infinity : consumer.maxAttempts;
    const ack = toAck(outcome, { attempt: number, maxAttempts });
    meter.observe(delivery.subject, toLabel(ack), (performance.now() - start) / 1_000);
    const { streamSequence: sequence } = delivery;
    logAck(ack, logger, { durable: consumer.durable, sequence, attempt: number });
    return ack;
  };
}

/** No handler returned an outcome, so `onExhausted` reports the end. */
async function giveUp(held: Held, { consumer, onExhausted }: ConsumeOptions): Promise<Outcome> {
  const error = toExhausted(consumer.durable, toAttempt(held));
  await onExhausted?.(held.delivery, error);
  return { kind: "dead", error };
}

function logAck(ack: Ack, logger: Logger | undefined, fields: Readonly<Record<string, unknown>>): void {
  switch (ack.kind) {
    case "ack":
      return;
    case "retry": {
      const line = { event: "message.retried", ...fields, after_ms: Math.round(ack.afterMs), err: ack.error };
      logger?.warn(line, "message will be retried");
      return;
    }
    case "dead": {
      const line = { event: "message.dead_lettered", ...fields, reason: ack.reason, err: ack.error };
      logger?.error(line, "message moved to the dead letters");
      return;
    }
  }
}

function toSpan({ delivery }: Held, durable: string) {
  return {
    kind: "consumer" as const,
    parent: extractTrace(delivery.headers),
    attributes: {
      "messaging.system": "nats",
      "messaging.destination": delivery.subject,
      "messaging.consumer.group.name": durable,
    },
  };
}

function toLabel(ack: Ack): BusOutcome {
  if (ack.kind === "ack") return "success";
  return ack.kind === "dead" && ack.reason === "undecodable" ? "invalid" : "error";
}

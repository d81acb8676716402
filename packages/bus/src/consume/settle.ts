import { toMioError } from "@mio/failure";
import { ackWord, nakWord, termWord } from "@mio/jetstream";
import { createBackoff, pause, retry, systemClock } from "@mio/pacing";
import type { Logger } from "@mio/service-kit";
import type { Bus } from "../connect/connection.ts";
import { publishDeadLetter } from "../dead-letters/publish-dead-letter.ts";
import type { ConsumerDeclaration } from "../topology/topology.ts";
import type { ConsumeOptions, Room } from "./consume-options.ts";
import { type Held, toAttempt, toIdentity } from "./held.ts";
import type { Trailing } from "./outcome.ts";
import type { Ack } from "./to-ack.ts";
import { createUnconfirmed } from "./unconfirmed.ts";

/** How a delivery leaves this process; `return` gives it back without an attempt. */
export type Settlement = Ack | { readonly kind: "return" };

export interface SettleOptions {
  readonly bus: Bus;
  readonly consumer: ConsumerDeclaration;
  /** Default: `confirmed`. */
  readonly acks?: ConsumeOptions["acks"] | undefined;
  readonly logger?: Logger | undefined;
  /** Resolves when the stream of the consumer is verified. */
  readonly certain: () => Promise<void>;
  /** The worker is stopping. */
  readonly stopping: AbortSignal;
  /** Ends the retries. Deliveries that are not settled by then come again. */
  readonly signal: AbortSignal;
}

export interface FinishOptions extends SettleOptions {
  readonly held: Map<string, Held>;
  /** Resolves when no pull request is open. */
  readonly quiet: Promise<void>;
  readonly room: Room | undefined;
}

export interface Finish {
  /** Settles a delivery and frees its slot. */
  finish(item: Held, settlement: Settlement): Promise<void>;
  /** Whether a message that came again is finished, and the server does not know it. Forgets it. */
  takeFinished(identity: string): boolean;
}

/** More than are on their way when a connection is lost. The handler recognizes those that are forgotten. */
const mostSent = 1_000;

/** Settles deliveries and remembers those whose acknowledgement the server did not confirm. */
export function createFinish(options: FinishOptions, onFreed: () => void): Finish {
  const { acks, held, quiet, room } = options;
  const unconfirmed = createUnconfirmed(acks === "sent" ? mostSent : undefined);
  return {
    takeFinished: (identity) => unconfirmed.take(identity),
    finish: async (item, decided) => {
      const settlement = await withTrailing(decided, options.stopping);
      const identity = toIdentity(item.delivery);
      // While a request is open, the server would deliver here again.
      if (settlement.kind === "return") await quiet;
      const confirmed = await settle(item, settlement, options);
      if (!confirmed && isOver(settlement)) unconfirmed.add(identity);
      if (held.get(identity) === item) held.delete(identity);
      room?.give(item.delivery.payload.length);
      onFreed();
    },
  };
}

/** A message goes back if something that was left to do failed. */
async function withTrailing(settlement: Settlement, stopping: AbortSignal): Promise<Settlement> {
  if (!isOver(settlement) || settlement.after === undefined) return settlement;
  return await settlement.after.then(
    () => settlement,
    (error: unknown) =>
      stopping.aborted
        ? { kind: "return" }
        : { kind: "retry", afterMs: afterFailureMs, error: toMioError(error) },
  );
}

const afterFailureMs = 1_000;

/** Whether the message must not be handled again. */
export function isOver(settlement: Settlement): settlement is Extract<Ack, Trailing> {
  return settlement.kind === "ack" || settlement.kind === "dead";
}

const encoder = new TextEncoder();
const confirmTimeoutMs = 2_000;
/** A stopping process waits less. Without a confirmation the message comes again, here or elsewhere. */
const stoppingTimeoutMs = 800;
const unansweredLimit = 2;

/**
 * Answers a delivery and waits for the confirmation. A dead message is copied to the dead letters before it is
 * terminated. An orphan is not answered.
 *
 * Resolves to false without a confirmation: the acknowledgement was only sent, or a reachable server did not respond. After
 * a crash the server may have forgotten the delivery; then it does not respond, and delivers the message again.
 */
export async function settle(held: Held, ack: Settlement, options: SettleOptions): Promise<boolean> {
  if (ack.kind === "dead" && !(await copyUntilStored(held, ack, options))) return false;
  if (ack.kind === "ack" && options.acks === "sent") {
    await options.certain();
    if (mayOnlySend(held, options)) {
      options.bus.nc.publish(held.replyTo, ackWord);
      return false;
    }
  }
  return confirm(held, ack, options);
}

/** A redelivery is confirmed, so that a message comes again only once for a lost acknowledgement. */
function mayOnlySend(held: Held, { bus, stopping }: Pick<SettleOptions, "bus" | "stopping">): boolean {
  const isFirst = held.arrivals === 1 && held.delivery.deliveryCount === 1;
  return isFirst && !held.isOrphan && !stopping.aborted && bus.isConnected();
}

async function confirm(held: Held, ack: Settlement, options: SettleOptions): Promise<boolean> {
  const { certain, signal } = options;
  const backoff = createBackoff({ baseMs: 100, maxMs: 2_000 });
  // A returned message comes again in any case. A second request would only delay it.
  const limit = ack.kind === "return" ? 1 : unansweredLimit;
  for (let attempt = 1, unanswered = 0; unanswered < limit && !signal.aborted; attempt++) {
    await certain();
    if (held.isOrphan) return true;
    const { arrivals } = held;
    const answer = await ask(held, ack, options);
    if (answer === "confirmed") return true;
    if (answer === "silence") unanswered += 1;
    await pause(backoff.delayMs(attempt), { clock: systemClock, signal });
    // It was delivered again, so the server knows it.
    if (held.arrivals !== arrivals) unanswered = 0;
  }
  return false;
}

/** A lost connection is no answer. The same request is sent on the next connection. */
async function ask(
  held: Held,
  ack: Settlement,
  { bus, stopping }: SettleOptions,
): Promise<"confirmed" | "silence" | "disconnected"> {
  const { replyTo: subject } = held;
  const timeoutMs = stopping.aborted ? stoppingTimeoutMs : confirmTimeoutMs;
  // The message may arrive before the confirmation.
  held.isGivenBack = ack.kind === "retry";
  try {
    await bus.requests.request({ subject, payload: encoder.encode(toWord(ack)), timeoutMs });
    return "confirmed";
  } catch (error) {
    return toMioError(error).code === "bus.unavailable" ? "disconnected" : "silence";
  }
}

async function copyUntilStored(
  held: Held,
  ack: Ack & { kind: "dead" },
  options: SettleOptions,
): Promise<boolean> {
  const { signal, logger } = options;
  if (signal.aborted) return false;
  const copying = retry(() => copyToDeadLetters(held, ack, options), {
    backoff: createBackoff({ baseMs: 100, maxMs: 5_000 }),
    clock: systemClock,
    signal,
    onFailure: (error, attempt) => {
      const line = { event: "dead_letter.failed", attempt, err: toMioError(error) };
      // Less and less often, because many messages may wait for the same trouble to end.
      if (Number.isInteger(Math.log2(attempt))) logger?.error(line, "dead letter not stored; kept");
      return true;
    },
  });
  return await copying.then(
    () => true,
    () => false,
  );
}

async function copyToDeadLetters(
  held: Held,
  ack: Ack & { kind: "dead" },
  options: SettleOptions,
): Promise<void> {
  const { subject, payload, headers, streamSequence, timestamp: storedAt } = held.delivery;
  await publishDeadLetter(options.bus, {
    consumer: options.consumer,
    subject,
    payload,
    headers: headers.entries(),
    streamSequence,
    storedAt,
    deliveries: toAttempt(held),
    reason: ack.reason,
    error: ack.error,
  });
}

function toWord(ack: Settlement): string {
  switch (ack.kind) {
    case "ack":
      return ackWord;
    case "dead":
      return termWord(ack.error.code);
    case "return":
      return nakWord();
    case "retry":
      return nakWord(ack.afterMs);
  }
}

import { toMioError } from "@mio/failure";
import { ackWord, nakWord, termWord } from "@mio/jetstream";
import { createBackoff, pause, retry, systemClock } from "@mio/pacing";
import type { Logger } from "@mio/service-kit";
import type { Bus } from "../connect/connection.ts";
import { publishDeadLetter } from "../dead-letters/publish-dead-letter.ts";
import type { ConsumerDeclaration } from "../topology/topology.ts";
import { type Held, toAttempt } from "./held.ts";
import type { Ack } from "./to-ack.ts";

/** How a delivery leaves this process; `return` gives it back untried. */
export type Settlement = Ack | { readonly kind: "return" };

export interface SettleOptions {
  readonly bus: Bus;
  readonly consumer: ConsumerDeclaration;
  readonly logger?: Logger | undefined;
  /** Resolves when it is certain which stream the consumer reads. */
  readonly certain: () => Promise<void>;
  /** The worker was asked to stop. */
  readonly stopping: AbortSignal;
  /** Ends trying; what is not settled then is delivered again. */
  readonly signal: AbortSignal;
}

const encoder = new TextEncoder();
const confirmTimeoutMs = 2_000;
/** A process that stops waits for less: what is not confirmed is delivered again, here or elsewhere. */
const stoppingTimeoutMs = 800;
const unansweredLimit = 2;

/**
 * Tells the server how a delivery ended and waits for its confirmation. A dead message is copied
 * before it is terminated.
 *
 * Resolves to false when the server did not confirm although it could be reached: after a crash it
 * may have forgotten the delivery, answers nothing about it, and delivers the message again. Nothing is sent about an
 * orphan.
 */
export async function settle(held: Held, ack: Settlement, options: SettleOptions): Promise<boolean> {
  if (ack.kind === "dead" && !(await copyUntilStored(held, ack, options))) return false;
  return confirm(held, ack, options);
}

async function confirm(held: Held, ack: Settlement, options: SettleOptions): Promise<boolean> {
  const { certain, signal } = options;
  const backoff = createBackoff({ baseMs: 100, maxMs: 2_000 });
  // What is given back comes again in any case; asking a second time only makes it later.
  const limit = ack.kind === "return" ? 1 : unansweredLimit;
  for (let attempt = 1, unanswered = 0; unanswered < limit && !signal.aborted; attempt++) {
    await certain();
    if (held.isOrphan) return true;
    const { arrivals } = held;
    const answer = await ask(held, ack, options);
    if (answer === "confirmed") return true;
    if (answer === "silence") unanswered += 1;
    await pause(backoff.delayMs(attempt), { clock: systemClock, signal });
    // Delivered again meanwhile: the server knows it now.
    if (held.arrivals !== arrivals) unanswered = 0;
  }
  return false;
}

/** A lost connection says nothing about the delivery: the same is sent once there is another. */
async function ask(
  held: Held,
  ack: Settlement,
  { bus, stopping }: SettleOptions,
): Promise<"confirmed" | "silence" | "disconnected"> {
  const { replyTo: subject } = held;
  const timeoutMs = stopping.aborted ? stoppingTimeoutMs : confirmTimeoutMs;
  // The message may be back before the confirmation is.
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

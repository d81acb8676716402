import {
  type Bus,
  type Delivery,
  type Handler,
  moveToDeadLetters,
  type Outcome,
  removeStored,
  senderPoolOf,
  streams,
} from "@mio/bus";
import { unknownToken } from "@mio/envelope";
import { toMioError } from "@mio/failure";
import { accountOf } from "../job/read-command.ts";

/** A message that was read from the stream of commands by its sequence. */
export type StoredCommand = Parameters<typeof moveToDeadLetters>[1]["stored"];

/** Delivers a stored command that no consumer delivers, and removes it; false when it stays on the stream. */
export type EndStored = (stored: StoredCommand, signal: AbortSignal) => Promise<boolean>;

export interface EndStoredOptions {
  readonly bus: Bus;
  /** The handler of all other commands. */
  readonly handler: Handler;
}

/** It removes by sequence, so it touches no other message. */
export function createEndStored({ bus, handler }: EndStoredOptions): EndStored {
  return async (stored, signal) => {
    const outcome = await handleStored(handler, stored, signal).catch((error: unknown) => {
      const failure = toMioError(error);
      if (failure.retry !== "never") throw failure;
      return { kind: "dead", error: failure } as const;
    });
    if (outcome.kind === "retry") return false;
    if (outcome.kind === "dead") {
      const consumer = senderPoolOf(accountOf(stored.subject) ?? unknownToken);
      await moveToDeadLetters(bus, { consumer, stored, error: outcome.error });
    } else await removeStored(bus, streams.outbound, stored.seq);
    return true;
  };
}

/** Calls a handler for a stored command as its consumer would, and waits until its end is announced. */
export async function handleStored(
  handler: Handler,
  stored: StoredCommand,
  signal: AbortSignal,
): Promise<Outcome> {
  const outcome = await handler(...toHandlerArguments(stored, signal));
  if (outcome.kind === "retry") return outcome;
  try {
    await outcome.after;
    return outcome;
  } catch (error) {
    if (!signal.aborted) throw error;
    return { kind: "retry", afterMs: 0, error: toMioError(error) };
  }
}

function toHandlerArguments(stored: StoredCommand, signal: AbortSignal): Parameters<Handler> {
  const delivery: Delivery = {
    subject: stored.subject,
    payload: stored.data,
    headers: { get: (header) => stored.header.get(header) || undefined, entries: () => [] },
    streamSequence: stored.seq,
    deliveryCount: 1,
    timestamp: stored.time,
    pinEpoch: undefined,
  };
  return [delivery, { signal, attempt: 1, runEarlierFirst: async () => {}, queuedBehind: () => [] }];
}

import {
  type Bus,
  type Delivery,
  type Handler,
  moveToDeadLetters,
  removeStored,
  senderPoolOf,
  streams,
} from "@mio/bus";
import { parseSubject, unknownToken } from "@mio/envelope";
import { toMioError } from "@mio/failure";

/** A message of the stream of commands, as it is read by its sequence. */
export type StoredCommand = Parameters<typeof moveToDeadLetters>[1]["stored"];

/** Carries out a stored command that no consumer delivers, and removes it; false when it stays. */
export type EndStored = (stored: StoredCommand, signal: AbortSignal) => Promise<boolean>;

export interface EndStoredOptions {
  readonly bus: Bus;
  /** What carries out every other command. */
  readonly handler: Handler;
}

/** The command is removed by its sequence: what its subject says, nothing else is touched. */
export function createEndStored({ bus, handler }: EndStoredOptions): EndStored {
  return async (stored, signal) => {
    const context = { signal, attempt: 1, runEarlierFirst: async () => {}, queuedBehind: () => [] };
    const outcome = await handler(toDelivery(stored), context).catch((error: unknown) => {
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

function toDelivery(stored: StoredCommand): Delivery {
  return {
    subject: stored.subject,
    payload: stored.data,
    headers: { get: (header) => stored.header.get(header) || undefined, entries: () => [] },
    streamSequence: stored.seq,
    deliveryCount: 1,
    timestamp: stored.time,
    pinEpoch: undefined,
  };
}

/** Whose command a subject announces; undefined for what is no subject of a command, and so read by no consumer. */
export function accountOf(subject: string): string | undefined {
  const route = parseSubject(subject);
  return route?.kind === "outbound" ? route.accountId : undefined;
}

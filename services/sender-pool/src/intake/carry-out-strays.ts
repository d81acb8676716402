import { type Bus, type Delivery, type Handler, moveToDeadLetters, senderPoolOf, streams } from "@mio/bus";
import { toMioError } from "@mio/failure";
import { type Clock, createBackoff, type Logger } from "@mio/service-kit";

/** Ends commands that no account's consumer would ever read. */
export type CarryOutStrays = (filter: string, signal: AbortSignal) => Promise<void>;

export interface StraysOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What refuses them: the same as for every other command. */
  readonly handler: Handler;
}

/**
 * Handles commands that lie on the stream for an account that does not exist, or on a subject that is none: each is
 * refused like any other, becomes a dead letter and is removed.
 */
export function createCarryOutStrays({ bus, clock, logger, handler }: StraysOptions): CarryOutStrays {
  const { name } = streams.outbound;
  const consumer = senderPoolOf("unknown");

  const endFirst = async (filter: string, signal: AbortSignal): Promise<boolean> => {
    const query = { seq: 1, next_by_subj: filter };
    const stored = await bus.jsm.streams.getMessage(name, query);
    if (stored === null) return false;
    const delivery: Delivery = {
      subject: stored.subject,
      payload: stored.data,
      headers: { get: (header) => stored.header.get(header) || undefined, entries: () => [] },
      streamSequence: stored.seq,
      deliveryCount: 1,
      timestamp: stored.time,
      tenure: undefined,
    };
    const context = { signal, attempt: 1, letEarlierPass: async () => {}, behind: () => [] };
    const outcome = await handler(delivery, context).catch((error: unknown) => {
      const failure = toMioError(error);
      if (failure.retry !== "never") throw failure;
      return { kind: "dead", error: failure } as const;
    });
    // Somebody made the account meanwhile: its consumer reads the command.
    if (outcome.kind === "retry") return false;
    if (outcome.kind === "dead") await moveToDeadLetters(bus, { consumer, stored, error: outcome.error });
    else await bus.jsm.streams.deleteMessage(name, stored.seq);
    return true;
  };

  return async (filter, signal) => {
    const backoff = createBackoff({ baseMs: 200, maxMs: 10_000 });
    for (let failures = 0; !signal.aborted; ) {
      try {
        if (!(await endFirst(filter, signal))) return;
        failures = 0;
      } catch (error) {
        failures += 1;
        logger.warn({ err: toMioError(error) }, "intake.stray_not_ended");
        await clock.sleep(backoff.delayMs(failures), signal).catch(() => undefined);
      }
    }
  };
}

import { askJetStream, type Bus, streams } from "@mio/bus";
import { toMioError } from "@mio/failure";
import { type Clock, createBackoff, type Logger } from "@mio/service-kit";
import { accountOf, type EndStored, type StoredCommand } from "../stored/end-stored.ts";
import type { Heard } from "./hear-commands.ts";

/** Ends commands that no account's consumer would ever read. */
export type RejectOrphans = (heard: Heard, signal: AbortSignal) => Promise<void>;

export interface OrphansOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly endStored: EndStored;
}

/**
 * Handles commands that lie on the stream for an account that does not exist, or on a subject that is none: each is
 * refused like any other, becomes a dead letter and is removed.
 *
 * A subject is any text that a publisher chose, wildcards included. So it only says where to look; what is found is
 * compared with it, and ended by its sequence.
 */
export function createRejectOrphans({ bus, clock, logger, endStored }: OrphansOptions): RejectOrphans {
  const findNext = async (filter: string, seq: number): Promise<StoredCommand | null> => {
    const query = { seq, next_by_subj: filter };
    return await askJetStream("commands", bus.jsm.streams.getMessage(streams.outbound.name, query));
  };

  /** Returns where to look for the next one; undefined when there is none, or nothing can be done about it now. */
  const endNext = async (heard: Heard, from: number, signal: AbortSignal): Promise<number | undefined> => {
    const { account, subject } = heard;
    const stored = await findNext(account === undefined ? subject : `mio.outbound.*.${account}.>`, from);
    if (stored === null) return undefined;
    const isDone = !isMeant(stored, heard) || (await endStored(stored, signal));
    // Not done: the account was made meanwhile, and its consumer reads the command.
    return isDone ? stored.seq + 1 : undefined;
  };

  return async (heard, signal) => {
    const backoff = createBackoff({ baseMs: 200, maxMs: 10_000 });
    let from: number | undefined = 1;
    for (let failures = 0; from !== undefined && !signal.aborted; ) {
      try {
        from = await endNext(heard, from, signal);
        failures = 0;
      } catch (error) {
        failures += 1;
        logger.warn({ err: toMioError(error) }, "intake.stray_not_ended");
        await clock.sleep(backoff.delayMs(failures), signal).catch(() => undefined);
      }
    }
  };
}

function isMeant({ subject }: StoredCommand, heard: Heard): boolean {
  return heard.account === undefined ? subject === heard.subject : accountOf(subject) === heard.account;
}

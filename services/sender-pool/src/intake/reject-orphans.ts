import { askJetStream, type Bus, streams } from "@mio/bus";
import type { Clock } from "@mio/pacing";
import type { Logger } from "@mio/service-kit";
import { accountOf } from "../job/read-command.ts";
import type { EndStored, StoredCommand } from "../stored/end-stored.ts";
import { retryUntilStopped } from "./retry-until-stopped.ts";
import type { CommandNotice } from "./watch-commands.ts";

/** Ends commands that no account's consumer would ever read. */
export type RejectOrphans = (notice: CommandNotice, signal: AbortSignal) => Promise<void>;

export interface OrphansOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly endStored: EndStored;
}

/**
 * Refuses commands of unknown accounts, and messages on other subjects than those of commands. Each becomes a dead letter
 * and is removed.
 *
 * A publisher may choose any subject, even one with wildcards. So the subject of the notice only says where to look. Each
 * message found is compared with it, and ended by its sequence.
 */
export function createRejectOrphans({ bus, clock, logger, endStored }: OrphansOptions): RejectOrphans {
  const findNext = async (filter: string, seq: number): Promise<StoredCommand | null> => {
    const query = { seq, next_by_subj: filter };
    return await askJetStream("commands", bus.jsm.streams.getMessage(streams.outbound.name, query));
  };

  /** Returns the sequence to go on from; undefined when no orphan is left. */
  const endNext = async (
    notice: CommandNotice,
    from: number,
    signal: AbortSignal,
  ): Promise<number | undefined> => {
    const { account, subject } = notice;
    const stored = await findNext(account === undefined ? subject : `mio.outbound.*.${account}.>`, from);
    if (stored === null) return undefined;
    const isDone = !isMeant(stored, notice) || (await endStored(stored, signal));
    // If it is not done, the account was created in the meantime, and its consumer reads the command.
    return isDone ? stored.seq + 1 : undefined;
  };

  return async (notice, signal) => {
    const options = { clock, logger, signal, baseMs: 200, maxMs: 10_000, event: "intake.stray_not_ended" };
    let from: number | undefined = 1;
    while (from !== undefined) {
      const start: number = from;
      from = await retryUntilStopped(() => endNext(notice, start, signal), options);
    }
  };
}

function isMeant({ subject }: StoredCommand, notice: CommandNotice): boolean {
  return notice.account === undefined ? subject === notice.subject : accountOf(subject) === notice.account;
}

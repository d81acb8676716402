import {
  askJetStream,
  type Bus,
  type Handler,
  moveToDeadLetters,
  removeStored,
  senderPoolOf,
  streams,
} from "@mio/bus";
import { toMioError } from "@mio/failure";
import type { Logger } from "@mio/service-kit";
import { handleStored } from "../stored/end-stored.ts";

export interface RefuseNewestOptions {
  readonly bus: Bus;
  readonly logger: Logger;
  /** Refuses a command, on record and with a receipt. */
  readonly refuse: Handler;
  /** Commands of one account that may wait. */
  readonly most: number;
}

/** Refuses the newest commands of an account until no more than the limit wait. */
export type RefuseNewest = (account: string, signal: AbortSignal) => Promise<void>;

/** Commands refused before the pool counts again. */
const batch = 100;

/**
 * All accounts share one stream, so an account that fills it would stop the others. The pool refuses commands that no pool
 * has received, the newest first. Several pools may do this at once: to refuse a command twice has no further effect.
 */
export function createRefuseNewest({ bus, logger, refuse, most }: RefuseNewestOptions): RefuseNewest {
  const { name } = streams.outbound;

  /** Returns whether it found a command that no pool has received, and removed it. */
  const refuseOne = async (account: string, delivered: number, signal: AbortSignal): Promise<boolean> => {
    const query = { last_by_subj: `mio.outbound.*.${account}.>` };
    const stored = await askJetStream("commands", bus.jsm.streams.getMessage(name, query));
    if (stored === null || stored.seq <= delivered) return false;
    const outcome = await handleStored(refuse, stored, signal).catch(toDead);
    if (outcome.kind === "retry") return false;
    // An earlier process may have sent it.
    if (outcome.kind === "done") await removeStored(bus, streams.outbound, stored.seq);
    else await moveToDeadLetters(bus, { consumer: senderPoolOf(account), stored, error: outcome.error });
    return true;
  };

  const refuseSome = async (account: string, signal: AbortSignal): Promise<number> => {
    const consumer = bus.jsm.consumers.info(name, senderPoolOf(account).durable);
    const info = await askJetStream("consumers", consumer);
    const excess = info.num_pending + info.num_ack_pending - most;
    let count = 0;
    while (count < Math.min(excess, batch) && !signal.aborted) {
      if (!(await refuseOne(account, info.delivered.stream_seq, signal))) break;
      count += 1;
    }
    return count;
  };

  return async (account, signal) => {
    let refused = 0;
    for (let count = -1; count !== 0; refused += count) count = await refuseSome(account, signal);
    if (refused > 0) logger.error({ account_id: account, refused }, "intake.backlog_refused");
  };
}

function toDead(error: unknown) {
  return { kind: "dead", error: toMioError(error) } as const;
}

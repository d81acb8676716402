import {
  askJetStream,
  type Bus,
  type Delivery,
  type Handler,
  moveToDeadLetters,
  removeStored,
  senderPoolOf,
  streams,
} from "@mio/bus";
import { toMioError } from "@mio/failure";
import type { Logger } from "@mio/service-kit";

export interface RefuseNewestOptions {
  readonly bus: Bus;
  readonly logger: Logger;
  /** Refuses a command: with a receipt, and on record. */
  readonly refuse: Handler;
  /** Commands of one account that may wait. */
  readonly most: number;
}

/** Refuses the newest commands of an account that has more waiting than it may; resolves when it has not. */
export type RefuseNewest = (account: string, signal: AbortSignal) => Promise<void>;

/** After which it is asked again how many wait. */
const batch = 100;

/**
 * All accounts share the room of one stream, so one that fills it would stop the others. What no pool holds yet goes, the
 * newest first; what was delivered is on its way and stays. Several pools may do so at once: to refuse a command twice is
 * to refuse it once.
 */
export function createRefuseNewest({ bus, logger, refuse, most }: RefuseNewestOptions): RefuseNewest {
  const { name } = streams.outbound;

  /** Whether there was one that no pool holds, and it is gone now. */
  const refuseOne = async (account: string, delivered: number, signal: AbortSignal): Promise<boolean> => {
    const query = { last_by_subj: `mio.outbound.*.${account}.>` };
    const stored = await askJetStream("commands", bus.jsm.streams.getMessage(name, query));
    if (stored === null || stored.seq <= delivered) return false;
    const context = { signal, attempt: 1, runEarlierFirst: async () => {}, queuedBehind: () => [] };
    const outcome = await refuse(toDelivery(stored), context).catch(toDead);
    if (outcome.kind === "retry") return false;
    // It may have been sent in an earlier life.
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

type Stored = NonNullable<Awaited<ReturnType<Bus["jsm"]["streams"]["getMessage"]>>>;

function toDelivery({
  subject,
  data: payload,
  header,
  seq: streamSequence,
  time: timestamp,
}: Stored): Delivery {
  return {
    subject,
    payload,
    headers: { get: (name) => header.get(name) || undefined, entries: () => [] },
    streamSequence,
    deliveryCount: 1,
    timestamp,
    pinEpoch: undefined,
  };
}

import { askJetStream, type Bus, removeStored, senderPoolOf, streams } from "@mio/bus";
import { checkCommand, decodeCommand } from "@mio/envelope";
import { type Clock, createBoundedMap } from "@mio/pacing";
import type { Logger } from "@mio/service-kit";
import type { DeliveryRecords } from "../job/records.ts";
import type { EndStored, StoredCommand } from "./end-stored.ts";

/**
 * Commands below the ack floor of their account's consumer, which it never delivers again. A server with a full disk
 * leaves some: it could not write their removal. The pool removes those that ended on record, and delivers or refuses the
 * others itself.
 */
export interface LeftBehind {
  /** Whether an earlier command still has to end. */
  isInTheWay(stored: StoredCommand, accountId: string, signal: AbortSignal): Promise<boolean>;
  /** Ends all commands of the account that were left behind. */
  sweep(accountId: string, signal: AbortSignal): Promise<void>;
}

export interface LeftBehindDeps {
  readonly bus: Pick<Bus, "jsm">;
  readonly records: Pick<DeliveryRecords, "find">;
  readonly clock: Pick<Clock, "now">;
  readonly logger: Logger;
  readonly endStored: EndStored;
}

const { name } = streams.outbound;
const maxFloors = 10_000;
const floorAgeMs = 1_000;
const endedStates: ReadonlySet<string> = new Set(["sent", "unknown", "dead", "suppressed"]);

export function createLeftBehind({ bus, records, clock, logger, endStored }: LeftBehindDeps): LeftBehind {
  const { jsm } = bus;
  const floors = createBoundedMap<string, { readonly until: number; readonly floor: Promise<number> }>(
    maxFloors,
  );

  const askFloor = async (accountId: string): Promise<number> => {
    const info = jsm.consumers.info(name, senderPoolOf(accountId).durable);
    return (await askJetStream("consumers", info)).ack_floor.stream_seq;
  };

  /** It only grows, so a slightly old value is safe. */
  const floorOf = (accountId: string): Promise<number> => {
    const now = clock.now().getTime();
    const known = floors.get(accountId);
    if (known !== undefined && known.until > now) return known.floor;
    const floor = askFloor(accountId);
    floors.set(accountId, { until: now + floorAgeMs, floor });
    floor.catch(() => floors.delete(accountId));
    return floor;
  };

  const hasEnded = async (stored: StoredCommand, accountId: string): Promise<boolean> => {
    const commandId = tryDecodeId(stored);
    if (commandId === undefined) return false;
    return endedStates.has((await records.find({ accountId, commandId }))?.state ?? "");
  };

  /** False when the pool stops first. */
  const end = async (stored: StoredCommand, accountId: string, signal: AbortSignal): Promise<boolean> => {
    const isOver = await hasEnded(stored, accountId);
    // The server may have removed it in the meantime.
    if (isOver && !(await removeStored(bus, streams.outbound, stored.seq))) return true;
    logger.warn({ account_id: accountId, sequence: stored.seq, ended: isOver }, "delivery.left_behind");
    return isOver || (await endStored(stored, signal));
  };

  return {
    async isInTheWay(stored, accountId, signal) {
      if (stored.seq <= (await floorOf(accountId))) return !(await end(stored, accountId, signal));
      // Its owner may not have published the receipt yet.
      return !(await hasEnded(stored, accountId));
    },
    async sweep(accountId, signal) {
      const floor = await floorOf(accountId);
      for (let seq = 1; !signal.aborted; ) {
        const query = { seq, next_by_subj: `mio.outbound.*.${accountId}.>` };
        const stored = await askJetStream("commands", jsm.streams.getMessage(name, query));
        if (stored === null || stored.seq > floor || !(await end(stored, accountId, signal))) return;
        seq = stored.seq + 1;
      }
    },
  };
}

/** Undefined for an invalid command, which has no record. */
function tryDecodeId({ data }: StoredCommand): string | undefined {
  try {
    const command = decodeCommand(data);
    return checkCommand(command).length === 0 ? command.id : undefined;
  } catch {
    return undefined;
  }
}

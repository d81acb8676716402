import {
  createFollowRuns,
  createLanes,
  type Delivery,
  type FollowRuns,
  type Handler,
  type Lanes,
  type Outcome,
} from "@mio/bus";
import { encodeCommand, outboundSubject } from "@mio/envelope";
import type { SendCommand } from "@mio/proto";
import { laneOf } from "../../src/job/read-command.ts";
import type { StoredCommand } from "../../src/stored/end-stored.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** A process that carries out commands, as the stream sees it. */
export interface Reader {
  readonly name: string;
  isAlive: boolean;
  /** It is paused until then. */
  frozenUntil: number;
  readonly handler: Handler;
}

interface Entry {
  readonly seq: number;
  readonly account: string;
  readonly command: SendCommand;
  readonly storedAt: Date;
  holder: Reader | undefined;
  deliveries: number;
  isDone: boolean;
}

/** The workqueue of commands with a pinned consumer for each account, as packages/bus and the server make it. */
export interface SimulatedStream {
  publish(command: SendCommand): void;
  join(reader: Reader): void;
  /** Kills a reader: after `pinMs` another gets its accounts, after `ackWaitMs` its deliveries come again. */
  kill(reader: Reader): void;
  /** Pauses a reader: others get its accounts and deliveries, and afterwards it goes on as before. */
  freeze(reader: Reader, ms: number): void;
  /** The first unfinished command at or after a sequence whose subject matches. */
  next(query: { readonly seq: number; readonly next_by_subj: string }): StoredCommand | null;
  readonly left: () => number;
  readonly mostDeliveries: () => number;
}

const pinMs = 10_000;
const ackWaitMs = 20_000;
/** Unfinished deliveries of an account. */
const window = 50;

export function createSimulatedStream(
  time: VirtualTime,
  random: () => number,
  makeFollowRuns: () => FollowRuns = createFollowRuns,
): SimulatedStream {
  const entries: Entry[] = [];
  const pins = createPins(time, random);
  const lanes = new Map<Reader, Lanes<Delivery>>();
  const counting = createCounting(makeFollowRuns);

  const deliver = (entry: Entry, { reader, pinEpoch }: Pin): void => {
    entry.holder = reader;
    if (isSilent(reader)) takeBack(entry, reader);
    entry.deliveries += 1;
    const delivery = counting.count(reader, toDelivery(entry, pinEpoch));
    const { signal } = new AbortController();
    lanes.get(reader)?.add(laneOf(delivery), {
      order: entry.seq,
      item: delivery,
      run: async (place) => {
        if (!reader.isAlive) return await new Promise(() => {});
        void finish(entry, reader, await reader.handler(delivery, { ...place, signal, attempt: 1 }));
      },
    });
  };

  /** The lane does not wait for it. */
  const finish = async (entry: Entry, reader: Reader, outcome: Outcome): Promise<void> => {
    if (outcome.kind !== "retry") await outcome.after;
    if (!reader.isAlive || entry.isDone) return;
    entry.isDone = true;
    deliverAll();
  };

  const deliverAll = (): void => {
    const free = createWindows(entries);
    for (const entry of entries) {
      if (entry.isDone || entry.holder !== undefined || !free.has(entry.account)) continue;
      const pin = pins.of(entry.account);
      // A killed process pulls nothing, and its pin has not expired yet.
      if (pin === undefined || !pin.reader.isAlive) continue;
      free.take(entry.account);
      deliver(entry, pin);
    }
  };

  const after = (ms: number, work: () => void): void => {
    void time.sleep(ms).then(() => {
      work();
      deliverAll();
    });
  };

  const isSilent = (reader: Reader): boolean => !isPulling(reader, time);

  /** No more heartbeats: each delivery comes again after its ack wait. */
  const takeBack = (entry: Entry, reader: Reader): void =>
    after(ackWaitMs - random() * 6_000, () => {
      if (entry.holder === reader && isSilent(reader)) entry.holder = undefined;
    });

  const takeBackAll = (reader: Reader): void => {
    after(pinMs, () => {
      if (isSilent(reader)) pins.release(reader);
    });
    for (const entry of entries) if (entry.holder === reader && !entry.isDone) takeBack(entry, reader);
  };

  return {
    publish(command) {
      const { accountId: account } = command;
      const fresh = { storedAt: time.now(), holder: undefined, deliveries: 0, isDone: false };
      entries.push({ seq: entries.length + 1, account, command, ...fresh });
      deliverAll();
    },
    join(reader) {
      pins.add(reader);
      lanes.set(reader, createLanes({ compare: (one, other) => one - other }));
      deliverAll();
    },
    kill(reader) {
      reader.isAlive = false;
      takeBackAll(reader);
    },
    freeze(reader, ms) {
      reader.frozenUntil = time.ms() + ms;
      takeBackAll(reader);
    },
    next({ seq, next_by_subj }) {
      const isNext = (entry: Entry): boolean =>
        entry.seq >= seq && !entry.isDone && isMatch(next_by_subj, outboundSubject(entry.command));
      const found = entries.find(isNext);
      return found === undefined ? null : toStored(found);
    },
    left: () => entries.filter(({ isDone }) => !isDone).length,
    mostDeliveries: () => Math.max(0, ...entries.map(({ deliveries }) => deliveries)),
  };
}

function isMatch(filter: string, subject: string): boolean {
  const pattern = filter.replaceAll(".", "\\.").replaceAll("*", "[^.]+").replace(">", ".+");
  return new RegExp(`^${pattern}$`).test(subject);
}

function toStored({ seq, command, storedAt }: Entry): StoredCommand {
  const stored = { seq, subject: outboundSubject(command), data: encodeCommand(command), time: storedAt };
  return stored as StoredCommand;
}

/** Counts the deliveries of each account's consumer, and follows them in each process. */
function createCounting(makeFollowRuns: () => FollowRuns) {
  const counts = new Map<string, number>();
  const runs = new Map<Reader, Map<string, FollowRuns>>();
  const followOf = (reader: Reader, account: string): FollowRuns => {
    const ofReader = runs.get(reader) ?? new Map<string, FollowRuns>();
    runs.set(reader, ofReader);
    const follow = ofReader.get(account) ?? makeFollowRuns();
    ofReader.set(account, follow);
    return follow;
  };
  return {
    count(reader: Reader, delivery: Delivery): Delivery {
      const [, , , account = ""] = delivery.subject.split(".");
      const consumerSequence = (counts.get(account) ?? 0) + 1;
      counts.set(account, consumerSequence);
      const counted = { ...delivery, consumerSequence };
      return { ...counted, run: followOf(reader, account)(counted) };
    },
  };
}

function isPulling({ isAlive, frozenUntil }: Reader, time: VirtualTime): boolean {
  return isAlive && frozenUntil <= time.ms();
}

interface Pin {
  readonly reader: Reader;
  readonly pinEpoch: string;
}

/** Which reader gets an account's commands. */
function createPins(time: VirtualTime, random: () => number) {
  const readers: Reader[] = [];
  const pins = new Map<string, Pin>();
  let epochs = 0;
  return {
    add: (reader: Reader): void => void readers.push(reader),
    of(account: string): Pin | undefined {
      const pulling = readers.filter((one) => isPulling(one, time));
      const reader = pulling[Math.floor(random() * pulling.length)];
      const pinned = pins.get(account);
      if (pinned !== undefined || reader === undefined) return pinned;
      epochs += 1;
      const pin = { reader, pinEpoch: `pinEpoch-${epochs}` };
      pins.set(account, pin);
      return pin;
    },
    release(reader: Reader): void {
      for (const [account, pin] of pins) if (pin.reader === reader) pins.delete(account);
    },
  };
}

/** How many more deliveries each account may have unfinished. */
function createWindows(entries: readonly Entry[]) {
  const held = new Map<string, number>();
  const take = (account: string): void => void held.set(account, (held.get(account) ?? 0) + 1);
  for (const { account, holder, isDone } of entries) if (holder !== undefined && !isDone) take(account);
  return { take, has: (account: string): boolean => (held.get(account) ?? 0) < window };
}

function toDelivery({ seq, command, storedAt, deliveries }: Entry, pinEpoch: string): Delivery {
  return {
    subject: outboundSubject(command),
    payload: encodeCommand(command),
    headers: { get: () => undefined, entries: () => [] },
    streamSequence: seq,
    deliveryCount: deliveries,
    timestamp: storedAt,
    pinEpoch,
  };
}

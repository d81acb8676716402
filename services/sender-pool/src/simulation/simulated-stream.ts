import { createLanes, type Delivery, type Handler, type Lanes } from "@mio/bus";
import { encodeCommand, outboundSubject } from "@mio/envelope";
import type { SendCommand } from "@mio/proto";
import { laneOf } from "../delivery/lane-of.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** A process that carries out commands, as the stream sees it. */
export interface Reader {
  readonly name: string;
  isAlive: boolean;
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
  /** Kills a reader: after `pinMs` another gets its accounts, after `ackWaitMs` what it held comes again. */
  kill(reader: Reader): void;
  /** Whether something earlier of the conversation is not finished. */
  hasEarlier(command: SendCommand, sequence: number): boolean;
  readonly left: () => number;
  /** Commands that became dead letters. */
  readonly dead: ReadonlySet<string>;
  readonly mostDeliveries: () => number;
}

const pinMs = 10_000;
const ackWaitMs = 20_000;
/** Unfinished deliveries of an account. */
const window = 50;

export function createSimulatedStream(time: VirtualTime, random: () => number): SimulatedStream {
  const entries: Entry[] = [];
  const pins = createPins(random);
  const lanes = new Map<Reader, Lanes<Delivery>>();
  const dead = new Set<string>();

  const deliver = (entry: Entry, { reader, tenure }: Pin): void => {
    entry.holder = reader;
    entry.deliveries += 1;
    const delivery = toDelivery(entry, tenure);
    const { signal } = new AbortController();
    lanes.get(reader)?.add(laneOf(delivery.subject), {
      order: entry.seq,
      item: delivery,
      run: async (place) => {
        if (!reader.isAlive) return await new Promise(() => {});
        const outcome = await reader.handler(delivery, { ...place, signal, attempt: 1 });
        if (!reader.isAlive || entry.isDone) return;
        entry.isDone = true;
        if (outcome.kind === "dead") dead.add(entry.command.id);
        deliverAll();
      },
    });
  };

  const deliverAll = (): void => {
    const free = createWindows(entries);
    for (const entry of entries) {
      if (entry.isDone || entry.holder !== undefined || !free.has(entry.account)) continue;
      const pin = pins.of(entry.account);
      // Nobody pulls for a dead process, and its turn is not over yet.
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

  return {
    publish(command) {
      const { accountId: account } = command;
      const fresh = { storedAt: time.now(), holder: undefined, deliveries: 0, isDone: false };
      entries.push({ seq: entries.length + 1, account, command, ...fresh });
      deliverAll();
    },
    join(reader) {
      pins.add(reader);
      lanes.set(reader, createLanes());
      deliverAll();
    },
    kill(reader) {
      reader.isAlive = false;
      after(pinMs, () => pins.release(reader));
      for (const entry of entries.filter(({ holder, isDone }) => holder === reader && !isDone)) {
        // Each has an ack wait of its own.
        after(ackWaitMs - random() * 6_000, () => {
          if (entry.holder === reader) entry.holder = undefined;
        });
      }
    },
    hasEarlier: ({ accountId, conversationId }, sequence) =>
      entries.some(
        ({ seq, command, isDone }) =>
          seq < sequence &&
          !isDone &&
          command.accountId === accountId &&
          command.conversationId === conversationId,
      ),
    left: () => entries.filter(({ isDone }) => !isDone).length,
    dead,
    mostDeliveries: () => Math.max(0, ...entries.map(({ deliveries }) => deliveries)),
  };
}

interface Pin {
  readonly reader: Reader;
  readonly tenure: string;
}

/** Which reader gets an account's commands. */
function createPins(random: () => number) {
  const readers: Reader[] = [];
  const pins = new Map<string, Pin>();
  let tenures = 0;
  return {
    add: (reader: Reader): void => void readers.push(reader),
    of(account: string): Pin | undefined {
      const alive = readers.filter(({ isAlive }) => isAlive);
      const reader = alive[Math.floor(random() * alive.length)];
      const pinned = pins.get(account);
      if (pinned !== undefined || reader === undefined) return pinned;
      tenures += 1;
      const pin = { reader, tenure: `tenure-${tenures}` };
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

function toDelivery({ seq, command, storedAt, deliveries }: Entry, tenure: string): Delivery {
  return {
    subject: outboundSubject(command),
    payload: encodeCommand(command),
    headers: { get: () => undefined, entries: () => [] },
    streamSequence: seq,
    deliveryCount: deliveries,
    timestamp: storedAt,
    tenure,
  };
}

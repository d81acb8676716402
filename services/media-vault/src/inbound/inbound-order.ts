import { askJetStream, type Bus, type ConsumerDeclaration, type Delivery } from "@mio/bus";
import { headerNames } from "@mio/envelope";
import type { Persist } from "../persist.ts";

/** A message of `MESSAGES_INBOUND`, delivered or read. */
export type Inbound = Pick<Delivery, "payload" | "timestamp" | "deliveryCount">;

export interface InboundOrder {
  /** The lane of a delivery. Call it exactly once per delivery, on arrival. */
  laneOf(delivery: Pick<Delivery, "subject" | "consumerSequence">): string;
  /** Earlier messages of the conversation that may be unpublished, oldest first. */
  earlierThan(
    delivery: Pick<Delivery, "subject" | "streamSequence">,
    signal: AbortSignal,
  ): AsyncIterable<Inbound>;
}

/** Above it the set is cleared, and the stream is searched again. */
const maxSettled = 100_000;

interface Epoch {
  /** The ack floor: all messages up to it are published. */
  floor: Promise<number> | undefined;
  /** Subjects without an unpublished predecessor in this epoch. */
  readonly settled: Set<string>;
}

/**
 * One process gets all deliveries, in order, so a lane per conversation usually keeps its order. After a crash, a
 * lost connection or a change of leader a delivery may be missing: it comes again only after the ack wait, behind
 * later ones. A gap in the consumer sequence shows that. It begins a new epoch, in which the first message of each
 * conversation searches the stream from the ack floor on and handles earlier messages first. Handling a message twice
 * is harmless, because the enriched stream drops the second copy.
 */
export function createInboundOrder({ jsm }: Pick<Bus, "jsm">, options: InboundOrderOptions): InboundOrder {
  const { stream, durable } = options.consumer;
  const { persist } = options;
  let lastConsumerSequence: number | undefined;
  let epoch: Epoch = { floor: undefined, settled: new Set() };

  const floorOf = async (current: Epoch, signal: AbortSignal): Promise<number> => {
    current.floor ??= persist(async () => {
      const info = await askJetStream("consumers", jsm.consumers.info(stream.name, durable));
      return info.ack_floor.stream_seq;
    }, signal);
    return await current.floor;
  };
  const nextOf = (subject: string, from: number, signal: AbortSignal) => {
    const query = { seq: from, next_by_subj: subject };
    return persist(() => askJetStream("messages", jsm.streams.getMessage(stream.name, query)), signal);
  };
  return {
    laneOf: ({ subject, consumerSequence = 0 }) => {
      if (consumerSequence - 1 !== lastConsumerSequence) {
        epoch = { floor: undefined, settled: new Set() };
        options.onGap();
      }
      lastConsumerSequence = consumerSequence;
      return subject;
    },
    earlierThan: async function* ({ subject, streamSequence }, signal) {
      const current = epoch;
      if (current.settled.has(subject)) return;
      const next = async (from: number) => {
        const stored = await nextOf(subject, from, signal);
        return stored !== null && stored.seq < streamSequence ? stored : undefined;
      };
      const floor = await floorOf(current, signal);
      for (let stored = await next(floor + 1); stored !== undefined; stored = await next(stored.seq + 1)) {
        if (!isFor(durable, stored.header.get(headerNames.redriveDurable))) continue;
        yield { payload: stored.data, timestamp: stored.time, deliveryCount: 1 };
      }
      if (current.settled.size >= maxSettled) current.settled.clear();
      current.settled.add(subject);
    },
  };
}

export interface InboundOrderOptions {
  readonly consumer: ConsumerDeclaration;
  readonly persist: Persist;
  /** Called when messages may be redelivered that were already handled. */
  readonly onGap: () => void;
}

/** An operator may redrive a message to one durable; every other durable has handled it. */
function isFor(durable: string, redriveDurable: string): boolean {
  return redriveDurable === "" || redriveDurable === durable;
}

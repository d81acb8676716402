import { createBackoff, retry, systemClock } from "@mio/pacing";
import type { Bus } from "../connect/connection.ts";
import { askJetStream } from "../connect/jetstream-error.ts";
import type { ConsumerDeclaration } from "../topology/topology.ts";
import type { Room } from "./consume-options.ts";
import { type Delivery, toDeliveryHeaders } from "./delivery.ts";
import { type Held, toHeld } from "./held.ts";
import type { Settlement } from "./settle.ts";

const nothing = new Uint8Array();

/** A delivery that waits without bytes and headers. They are read again when its turn comes. */
export function toLetGo(delivery: Delivery, replyTo: string): Held {
  const bare = { ...delivery, payload: nothing, headers: toDeliveryHeaders(undefined) };
  return { ...toHeld(bare, replyTo), isLetGo: true };
}

export interface RecallOptions {
  readonly bus: Pick<Bus, "jsm">;
  readonly consumer: Pick<ConsumerDeclaration, "stream">;
  readonly room: Room | undefined;
  readonly signal: AbortSignal;
}

/** Reads the dropped bytes of a delivery again. Returns its settlement if they are not available. */
export async function recall(item: Held, options: RecallOptions): Promise<Settlement | undefined> {
  if (!item.isLetGo) return undefined;
  const { signal } = options;
  if (signal.aborted) return { kind: "return" };
  const backoff = createBackoff({ baseMs: 100, maxMs: 5_000 });
  const reading = retry(() => readAgain(item, options), { backoff, clock: systemClock, signal });
  return await reading.catch(() => ({ kind: "return" }) as const);
}

async function readAgain(
  item: Held,
  { bus, consumer, room }: RecallOptions,
): Promise<Settlement | undefined> {
  const { delivery } = item;
  const query = { seq: delivery.streamSequence };
  const stored = await askJetStream("messages", bus.jsm.streams.getMessage(consumer.stream.name, query));
  if (stored === null || !isSame(delivery, stored)) return { kind: "ack" };
  item.isLetGo = false;
  item.delivery = { ...delivery, payload: stored.data, headers: toDeliveryHeaders(stored.header) };
  room?.give(0);
  room?.take(stored.data.length);
  return undefined;
}

/** A recreated stream counts from 1 again, so the sequence alone does not identify a message. */
function isSame({ subject, timestamp }: Delivery, stored: { subject: string; time: Date }): boolean {
  return stored.subject === subject && Math.abs(stored.time.getTime() - timestamp.getTime()) <= 1;
}

import { createBackoff, systemClock } from "@mio/service-kit";
import type { Bus } from "../connect/connection.ts";
import { askJetStream } from "../connect/jetstream-error.ts";
import type { ConsumerDeclaration } from "../topology/topology.ts";
import type { Room } from "./consume-options.ts";
import { type Delivery, toDeliveryHeaders } from "./delivery.ts";
import { type Held, toHeld } from "./held.ts";
import type { Settlement } from "./settle.ts";

const nothing = new Uint8Array();

/** A delivery that waits without its bytes and headers; they are read again when its turn comes. */
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

/** Gives a delivery its bytes back; returns how it ends when they are not to be had. */
export async function recall(item: Held, options: RecallOptions): Promise<Settlement | undefined> {
  if (!item.isLetGo) return undefined;
  const { consumer, room, signal } = options;
  const { delivery } = item;
  const backoff = createBackoff({ baseMs: 100, maxMs: 5_000 });
  for (let failures = 1; !signal.aborted; failures += 1) {
    try {
      const query = { seq: delivery.streamSequence };
      const reading = options.bus.jsm.streams.getMessage(consumer.stream.name, query);
      const stored = await askJetStream("messages", reading);
      if (stored === null || !isSame(delivery, stored)) return { kind: "ack" };
      item.isLetGo = false;
      item.delivery = { ...delivery, payload: stored.data, headers: toDeliveryHeaders(stored.header) };
      room?.give(0);
      room?.take(stored.data.length);
      return undefined;
    } catch {
      await systemClock.sleep(backoff.delayMs(failures), signal).catch(() => {});
    }
  }
  return { kind: "return" };
}

/** A stream that was made again counts from the beginning: the number alone names no message. */
function isSame({ subject, timestamp }: Delivery, stored: { subject: string; time: Date }): boolean {
  return stored.subject === subject && Math.abs(stored.time.getTime() - timestamp.getTime()) <= 1;
}

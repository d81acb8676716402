import type { Msg, NatsConnection } from "@nats-io/nats-core";
import { isDelivery, parseDeliverySubject } from "./delivery-subject.ts";
import { type ConsumerName, type Pin, pullSubject, toPullBody } from "./pull-request.ts";

/** Bounds the whole; deliveries that are left come again after the consumer's ack wait. */
const timeoutMs = 1_000;
/** Deliveries per request. */
const batchSize = 32;

export interface UndeliveredOptions {
  readonly nc: Pick<NatsConnection, "requestMany">;
  readonly consumer: ConsumerName;
  readonly pin?: Pin | undefined;
  readonly onDelivery: (msg: Msg) => void;
}

/**
 * Takes the messages that the server picked up for a pull request whose inbox is gone. The server would deliver them
 * before the messages that a stopping reader gives back, although they are later. So the reader takes them and gives
 * them back in stream order.
 *
 * The server answers the first, small request after it has queued the last of these messages for redelivery. From then
 * on they come before all new ones.
 */
export async function takeUndelivered(options: UndeliveredOptions): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  await takeBatch(options, 1);
  while (performance.now() < deadline && (await takeBatch(options, batchSize)));
}

/** Whether there may be more: the batch is full of redeliveries. */
async function takeBatch(options: UndeliveredOptions, batch: number): Promise<boolean> {
  const { nc, consumer, pin, onDelivery } = options;
  // A delivery keeps its own subject, which the shared inbox of requests cannot route.
  const many = { strategy: "count", maxMessages: batch, maxWait: timeoutMs, noMux: true } as const;
  let redelivered = 0;
  for await (const msg of await nc.requestMany(pullSubject(consumer), toPullBody({ batch, pin }), many)) {
    if (!isDelivery(msg.reply)) break;
    onDelivery(msg);
    if ((parseDeliverySubject(msg.reply)?.deliveryCount ?? 1) > 1) redelivered += 1;
  }
  return redelivered === batch;
}

import type { Msg } from "@nats-io/nats-core";
import type { Bus } from "../connect/connection.ts";
import type { ConsumerDeclaration } from "../topology/topology.ts";
import { toDelivery } from "./delivery.ts";
import { isStatus, pullSubject, toPullRequest } from "./pull-request.ts";

/** How long all of it may take; what is left then comes again after the consumer's ack wait. */
const timeoutMs = 1_000;
/** How many are asked for at a time. */
const batchSize = 32;

export interface UndeliveredOptions {
  readonly bus: Bus;
  readonly consumer: ConsumerDeclaration;
  readonly onMessage: (msg: Msg) => void;
  readonly pinId: string | undefined;
}

/**
 * Takes what the server took up for a pull request whose inbox was gone. The server delivers it again before what is
 * given back, although it is later; so a process that stops takes it, and gives it back in its place.
 *
 * The answer to the first, small request comes after the server has put the last of these back; then they come before
 * all that is new.
 */
export async function takeUndelivered(options: UndeliveredOptions): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  await takeBatch(options, 1);
  while (performance.now() < deadline && (await takeBatch(options, batchSize)));
}

/** Whether there may be more: the batch is full, and nothing in it is new. */
async function takeBatch({ bus, consumer, onMessage, pinId }: UndeliveredOptions, batch: number) {
  const request = JSON.stringify(toPullRequest(consumer, { batch, pinId, noWait: true }));
  // A delivery keeps its own subject, by which the shared inbox of requests would not know it.
  const many = { strategy: "count", maxMessages: batch, maxWait: timeoutMs, noMux: true } as const;
  let again = 0;
  for await (const msg of await bus.nc.requestMany(pullSubject(consumer), request, many)) {
    if (isStatus(msg)) break;
    onMessage(msg);
    if ((toDelivery(msg)?.deliveryCount ?? 1) > 1) again += 1;
  }
  return again === batch;
}

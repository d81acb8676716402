import { type JetStreamClient, type JsMsg, jetstream } from "@nats-io/jetstream";
import { connect, nanos } from "@nats-io/transport-node";

const stream = "MESSAGES_OUTBOUND";
const durable = "sender-pool";

/** How many commands the sender pool holds. */
export function countHeld(natsUrl: string): Promise<number> {
  return withJetStream(natsUrl, async (js) => {
    const jsm = await js.jetstreamManager(false);
    return (await jsm.consumers.info(stream, durable)).num_ack_pending;
  });
}

/**
 * Gives back what a killed sender pool held, as its ack wait does after thirty seconds: all of it, in stream
 * order. Call it while no sender pool runs.
 */
export function returnHeld(natsUrl: string): Promise<void> {
  return withJetStream(natsUrl, async (js) => {
    const jsm = await js.jetstreamManager(false);
    const before = await jsm.consumers.info(stream, durable);
    if (before.num_ack_pending === 0) return;
    await jsm.consumers.update(stream, durable, { ...before.config, ack_wait: nanos(1_000) });
    const consumer = await js.consumers.get(stream, durable);
    const fetched = await consumer.fetch({ max_messages: before.num_ack_pending, expires: 10_000 });
    const held: JsMsg[] = [];
    for await (const message of fetched) held.push(message);
    // Only when all are here: one that is given back is delivered again at once.
    for (const message of held) message.nak();
    await jsm.consumers.update(stream, durable, before.config);
  });
}

async function withJetStream<Result>(
  natsUrl: string,
  work: (js: JetStreamClient) => Promise<Result>,
): Promise<Result> {
  const nc = await connect({ servers: natsUrl });
  try {
    return await work(jetstream(nc));
  } finally {
    await nc.drain();
  }
}

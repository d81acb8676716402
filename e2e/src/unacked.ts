import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";

const stream = "MESSAGES_OUTBOUND";

/** Number of commands that sender pools have unacknowledged. */
export function countUnacked(natsUrl: string): Promise<number> {
  return withConsumers(natsUrl, async (_jsm, consumers) =>
    consumers.reduce((sum, { num_ack_pending }) => sum + num_ack_pending, 0),
  );
}

/**
 * Releases the unacknowledged commands of killed sender pools without their ack wait: deletes the consumers. The
 * consumers of the next pool get all remaining commands in stream order. Call it while no sender pool runs.
 */
export function releaseUnacked(natsUrl: string): Promise<void> {
  return withConsumers(natsUrl, async (jsm, consumers) => {
    for (const { name } of consumers) await jsm.consumers.delete(stream, name);
  });
}

/** Assigns the next commands of each account to another sender pool, as after a silent one. */
export function reassignCommands(natsUrl: string): Promise<void> {
  return withConsumers(natsUrl, async (jsm, consumers) => {
    for (const { name } of consumers) await jsm.consumers.unpin(stream, name, "sender-pool");
  });
}

type Consumers = Awaited<ReturnType<ReturnType<JetStreamManager["consumers"]["list"]>["next"]>>;

async function withConsumers<Result>(
  natsUrl: string,
  work: (jsm: JetStreamManager, consumers: Consumers) => Promise<Result>,
): Promise<Result> {
  const nc = await connect({ servers: natsUrl });
  try {
    const jsm = await jetstreamManager(nc, { checkAPI: false });
    return await work(jsm, await jsm.consumers.list(stream).next());
  } finally {
    await nc.drain();
  }
}

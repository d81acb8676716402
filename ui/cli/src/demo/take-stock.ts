import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import type { Stage } from "./step.ts";

export interface Stock {
  readonly lost: number;
  readonly duplicated: number;
}

/** Counts at both ends: what people said and was accepted, what the stream holds, what the chats show. */
export async function takeStock({ fleet, bus }: Stage): Promise<Stock> {
  const accepted = new Set(
    fleet.cliq
      .deliveries()
      .flatMap(({ status, operation, messageId }) =>
        status === 200 && operation !== "message_edited" && messageId !== undefined ? [messageId] : [],
      ),
  );
  const answers = fleet.cliq.visiblePosts().map(({ text }) => text);
  const lost = accepted.size - new Set(answers).size;
  const messages = new Set(
    bus.sightings.flatMap((seen) => (seen.kind === "inbound" ? [seen.message.id] : [])),
  );
  const copies = (await countStored(fleet.urls.nats)) - messages.size;
  return { lost: Math.max(0, lost), duplicated: copies + answers.length - new Set(answers).size };
}

async function countStored(url: string): Promise<number> {
  const nc = await connect({ servers: url });
  try {
    return (await (await jetstreamManager(nc)).streams.info("MESSAGES_INBOUND")).state.messages;
  } finally {
    await nc.close();
  }
}

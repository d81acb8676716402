import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { cliqTally } from "./cliq/tally.ts";
import { slackTally } from "./slack/tally.ts";
import type { Stage } from "./step.ts";

export interface Stock {
  readonly lost: number;
  readonly duplicated: number;
}

/** Compares the accepted messages with those on the stream and the answers in the chats. */
export async function takeStock({ fleet, bus }: Stage): Promise<Stock> {
  const messages = new Set(
    bus.sightings.flatMap((seen) => (seen.kind === "inbound" ? [seen.message.id] : [])),
  );
  const copies = (await countStored(fleet.urls.nats)) - messages.size;
  const platforms = [cliqTally(fleet.cliq), slackTally(fleet.slack)].map(({ accepted, answers }) => {
    const different = new Set(answers).size;
    return { lost: Math.max(0, accepted - different), repeated: answers.length - different };
  });
  return {
    lost: sum(platforms.map(({ lost }) => lost)),
    duplicated: copies + sum(platforms.map(({ repeated }) => repeated)),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

async function countStored(url: string): Promise<number> {
  const nc = await connect({ servers: url });
  try {
    return (await (await jetstreamManager(nc)).streams.info("MESSAGES_INBOUND")).state.messages;
  } finally {
    await nc.close();
  }
}

import { setTimeout as sleep } from "node:timers/promises";
import { type CliqSimulator, signWebhook } from "@mio/simulator-zoho-cliq";
import { clusteredNats, eventually, type NatsServer } from "@mio/testkit";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import {
  channels,
  faultsOf,
  nameOf,
  noFaults,
  readStream,
  type Service,
  startFleet,
  toAccount,
  waitUntilPublished,
} from "./src/index.ts";

/** Posts a person's message to one gateway until that answers 200. */
async function deliver(cliq: CliqSimulator, { url }: Service, name: string): Promise<void> {
  const [chat = ""] = name.split("#");
  const { rawBody = "" } = await cliq.say({ chat, user: "Alice", text: name });
  const body = new TextEncoder().encode(rawBody);
  const signature = signWebhook(body, cliq.webhookSecret, { encoding: "base64", prefix: true });
  const headers = { "content-type": "application/json", "x-webhook-signature": signature };
  const post = () => fetch(`${url}/webhooks/zoho-cliq`, { method: "POST", body, headers });
  await eventually(async () => (await post()).status === 200, { timeoutMs: 60_000 });
}

/** Makes a server the leader of both streams, so that its pause affects the most. */
async function makeLeader({ url }: NatsServer, serverName: string): Promise<void> {
  const nc = await connect({ servers: url });
  try {
    const jsm = await jetstreamManager(nc, { checkAPI: false });
    const isLeader = async (stream: string): Promise<boolean> => {
      const info = await jsm.streams.info(stream);
      if (info.cluster?.leader === serverName) return true;
      const placement = JSON.stringify({ placement: { preferred: serverName } });
      await nc.request(`$JS.API.STREAM.LEADER.STEPDOWN.${stream}`, placement);
      return false;
    };
    for (const stream of ["MESSAGES_INBOUND", "MESSAGES_INBOUND_ENRICHED"]) {
      await eventually(() => isLeader(stream), { timeoutMs: 30_000, everyMs: 1_000 });
    }
  } finally {
    await nc.close();
  }
}

test("two gateways and two vaults keep everything in order while the stream leader is frozen", async () => {
  await using cluster = await clusteredNats();
  const [[leader, frozen] = ["", undefined], [, other] = ["", undefined]] = cluster.servers;
  if (frozen === undefined || other === undefined) throw new Error("unreachable: a cluster has servers");
  // At first half of the fleet is connected to the server that will freeze, the other half to another one.
  const [near, far] = [frozen, other].map(({ url }) => ({ MIO_NATS_URLS: url, MIO_NATS_REPLICAS: "3" }));
  await using fleet = await startFleet({ env: { gateway: near ?? {} } });
  const { cliq, gateway, start } = fleet;
  cliq.setWebhook({ url: undefined });
  // The first vault is the active reader.
  await start("media-vault", near);
  const [farGateway] = await Promise.all([start("gateway", far), start("media-vault", far)]);
  const gateways = [gateway, farGateway];
  await makeLeader(other, leader);

  const accepted: string[] = [];
  let isTalking = true;
  // Within a conversation the gateways alternate, as behind a load balancer.
  const talk = async (conversation: string): Promise<void> => {
    for (let place = 0; isTalking; place += 1) {
      const [receiver = gateway] = gateways.slice(place % 2);
      const name = nameOf(conversation, place);
      await deliver(cliq, receiver, name);
      accepted.push(name);
      // At most ten messages per second in total.
      await sleep(1_000);
    }
  };
  const talks = Promise.all(channels(10).map(talk));
  await eventually(() => accepted.length >= 20, { timeoutMs: 30_000 });
  await frozen.pause();
  const before = accepted.length;
  // The length of the fault; not used as synchronisation.
  await sleep(12_000);
  const during = accepted.length - before;
  frozen.resume();
  isTalking = false;
  await talks;

  expect(during).toBeGreaterThan(20);
  await waitUntilPublished(fleet);
  const accountOf = async (stream: "MESSAGES_INBOUND" | "MESSAGES_INBOUND_ENRICHED") => {
    // A server that resumes after a pause may trigger elections.
    const read = () => readStream(other.url, stream);
    const messages = await eventually(read, { timeoutMs: 60_000, everyMs: 500 });
    return toAccount({ attempted: accepted, promised: accepted, seen: messages.map(({ text }) => text) });
  };
  expect(faultsOf(await accountOf("MESSAGES_INBOUND"))).toEqual(noFaults);
  const isEnriched = async () => (await accountOf("MESSAGES_INBOUND_ENRICHED")).lost.length === 0;
  // Missing messages appear in the account.
  await eventually(isEnriched, { timeoutMs: 60_000, everyMs: 250 }).catch(() => false);
  expect(faultsOf(await accountOf("MESSAGES_INBOUND_ENRICHED"))).toEqual(noFaults);
});

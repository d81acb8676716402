import { type PowerCutNats, powerCutNats } from "@mio/testkit";
import { PersistMode } from "@nats-io/jetstream";
import { expect, test } from "vitest";
import { type Bus, ensureStreams, openBus, streams } from "../src/index.ts";

/** A subject of each stream. */
const subjects: Readonly<Record<string, string>> = {
  [streams.inbound.name]: "mio.inbound.zoho_cliq.acct.conv",
  [streams.attachments.name]: "mio.attachments.zoho_cliq.acct.conv",
  [streams.enriched.name]: "mio.inbound_enriched.zoho_cliq.acct.conv",
  [streams.outbound.name]: "mio.outbound.zoho_cliq.acct.conv",
  [streams.scheduled.name]: "mio.scheduled.due.zoho_cliq.acct.conv",
  [streams.deadLetters.name]: "mio.dlq.inbound.zoho_cliq.acct.conv",
  [streams.receipts.name]: "mio.receipt.zoho_cliq.acct.conv",
};
const names = Object.values(streams).map(({ name }) => name);
const confirmed = 20;

const all = (count: number) => Object.fromEntries(names.map((name) => [name, count]));

async function withBus<Result>(nats: PowerCutNats, use: (bus: Bus) => Promise<Result>): Promise<Result> {
  await using bus = await openBus({ servers: nats.server.url, name: "mio-test" });
  return await use(bus);
}

/** Publishes on every stream, cuts the power, and counts what is left of each. */
async function cutAfterConfirmations(nats: PowerCutNats): Promise<Record<string, number>> {
  await withBus(nats, async (bus) => {
    await ensureStreams(bus, { replicas: 1, storage: "file" });
    await nats.flush();
    for (const [stream, subject] of Object.entries(subjects)) {
      for (let at = 0; at < confirmed; at += 1) {
        const dedupId = `${stream}:${at}`;
        await bus.publisher.publish({ subject, dedupId, payload: new TextEncoder().encode(dedupId) });
      }
    }
  });
  await nats.cutPower();
  return await withBus(nats, async ({ jsm }) => {
    const infos = await Promise.all(names.map((name) => jsm.streams.info(name)));
    return Object.fromEntries(infos.map(({ config, state }) => [config.name, state.messages]));
  });
}

test("every confirmed message of every stream survives a power cut of a server that syncs always", async (context) => {
  const outcome = await powerCutNats({ syncAlways: true });
  if (outcome.kind === "refused") return context.skip(outcome.why);
  await using nats = outcome.nats;
  expect(await cutAfterConfirmations(nats)).toEqual(all(confirmed));
});

test("a power cut of a server that syncs in the background loses confirmed messages of every stream", async (context) => {
  const outcome = await powerCutNats({ syncAlways: false });
  if (outcome.kind === "refused") return context.skip(outcome.why);
  await using nats = outcome.nats;
  expect(await cutAfterConfirmations(nats)).toEqual(all(0));
});

test("a stream that persists asynchronously loses confirmed messages of a server that syncs always", async (context) => {
  const outcome = await powerCutNats({ syncAlways: true });
  if (outcome.kind === "refused") return context.skip(outcome.why);
  await using nats = outcome.nats;
  const { name } = streams.inbound;
  await withBus(nats, async ({ jsm }) => {
    await jsm.streams.add({ name, subjects: [...streams.inbound.subjects], persist_mode: PersistMode.Async });
  });
  expect(await cutAfterConfirmations(nats)).toEqual({ ...all(confirmed), [name]: 0 });
});

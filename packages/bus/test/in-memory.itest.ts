import { eventually } from "@mio/testkit";
import { expect, test } from "vitest";
import { type Bus, type ConsumerDeclaration, consume, ensureConsumer, senderPoolOf } from "../src/index.ts";
import { openTestBus, runWorker } from "./bus-fixture.ts";

const consumer: ConsumerDeclaration = { ...senderPoolOf("acct"), ackWaitMs: 2_000 };
const texts = Array.from({ length: 9 }, (_, index) => `${index}`);

async function send(bus: Bus): Promise<void> {
  for (const text of texts) {
    const publication = {
      subject: "mio.outbound.zoho_cliq.acct.conv",
      dedupId: `out:${text}`,
      payload: new TextEncoder().encode(text),
    };
    await bus.publisher.publish(publication);
  }
}

async function left({ jsm }: Bus): Promise<number> {
  return (await jsm.streams.info(consumer.stream.name)).state.messages;
}

test("a server that lost the position of a consumer delivers what is left, and a held message is handled once", async () => {
  await using fixture = await openTestBus({ durable: true });
  const { bus, server } = fixture;
  await ensureConsumer(bus, consumer);
  const { config } = await bus.jsm.consumers.info(consumer.stream.name, consumer.durable);
  expect(config.mem_storage).toBe(true);
  const release = Promise.withResolvers<void>();
  const seen: string[] = [];
  const worker = consume({
    bus,
    consumer,
    acks: "sent",
    maxInFlight: 5,
    orderBy: ({ subject }) => subject,
    handler: async ({ payload }) => {
      seen.push(new TextDecoder().decode(payload));
      if (seen.length === 3) await release.promise;
      return { kind: "done" };
    },
  });
  await using _worker = runWorker(worker);
  await send(bus);
  await eventually(() => expect(seen).toEqual(["0", "1", "2"]));
  await eventually(async () => expect(await left(bus)).toBe(texts.length - 2));
  await server.kill();
  await server.restart();
  await eventually(() => bus.isConnected());
  release.resolve();
  await eventually(async () => expect(await left(bus)).toBe(0), { timeoutMs: 20_000 });
  expect(seen).toEqual(texts);
});

test("what another process held comes again in order, as first deliveries of one run", async () => {
  await using fixture = await openTestBus({ durable: true });
  const { bus, server } = fixture;
  await ensureConsumer(bus, consumer);
  await send(bus);
  const body = JSON.stringify({ batch: 4, group: consumer.pinned?.group, expires: 2_000_000_000 });
  const lost: string[] = [];
  const inbox = bus.nc.subscribe("lost", { callback: (_, msg) => void lost.push(msg.string()) });
  bus.nc.publish(`$JS.API.CONSUMER.MSG.NEXT.${consumer.stream.name}.${consumer.durable}`, body, {
    reply: "lost",
  });
  await eventually(() => expect(lost).toEqual(texts.slice(0, 4)));
  inbox.unsubscribe();
  await server.kill();
  await server.restart();
  const seen: { text: string; count: number; from: number | undefined }[] = [];
  const worker = consume({
    bus,
    consumer,
    acks: "sent",
    maxInFlight: 5,
    orderBy: ({ subject }) => subject,
    handler: async ({ payload, deliveryCount: count, run }) => {
      seen.push({ text: new TextDecoder().decode(payload), count, from: run?.from });
      return { kind: "done" };
    },
  });
  await eventually(() => bus.isConnected());
  await using _worker = runWorker(worker);
  await eventually(async () => expect(await left(bus)).toBe(0), { timeoutMs: 20_000 });
  expect(seen).toEqual(texts.map((text) => ({ text, count: 1, from: 1 })));
});

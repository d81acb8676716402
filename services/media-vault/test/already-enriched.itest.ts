import { type Bus, ensureStreams, openBus } from "@mio/bus";
import { encodeMessage, enrichedDedupId, enrichedSubject } from "@mio/envelope";
import type { Message } from "@mio/proto";
import { aMessage, testNats } from "@mio/testkit";
import { expect, test } from "vitest";
import { createAlreadyEnriched } from "../src/enriched/already-enriched.ts";

const base = { accountId: "acc", conversationId: "conv" };
const hourMs = 3_600_000;

/** A stream with other messages of the conversation around the searched one. */
async function openWorld() {
  await using opening = new AsyncDisposableStack();
  const nats = opening.use(await testNats());
  const bus = opening.use(await openBus({ servers: nats.url, name: "seen" }));
  await ensureStreams(bus, { replicas: 1, storage: nats.storage });
  const [before, wanted, after] = [aMessage(base), aMessage(base), aMessage(base)];
  for (const message of [before, aMessage({ accountId: "acc" }), wanted, after]) await publish(bus, message);
  // An hour later.
  const now = { ms: Date.now() + hourMs };
  const clock = { now: () => new Date(now.ms), sleep: () => Promise.resolve() };
  const alreadyEnriched = createAlreadyEnriched(bus, clock);
  const storedAt = new Date();
  const find = (message: Message, isRepeated = false) =>
    alreadyEnriched.find({ message, storedAt, isRepeated });
  const opened = opening.move();
  return { bus, alreadyEnriched, now, wanted, find, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

async function publish(bus: Bus, message: Message): Promise<void> {
  const [subject, dedupId] = [enrichedSubject(message), enrichedDedupId(message.id)];
  await bus.publisher.publish({ subject, dedupId, payload: encodeMessage(message) });
}

test("finds an old message among others of its conversation", async () => {
  await using world = await openWorld();
  expect(await world.find(world.wanted)).toEqual({
    stream: "MESSAGES_INBOUND_ENRICHED",
    sequence: 3,
    duplicate: true,
  });
  expect(await world.find(aMessage(base))).toBeUndefined();
  expect(await world.find({ ...world.wanted, conversationId: "elsewhere" })).toBeUndefined();
});

test("leaves a young message to the server's window", async () => {
  await using world = await openWorld();
  world.now.ms = Date.now();
  expect(await world.find(world.wanted)).toBeUndefined();
  world.now.ms = Date.now() + 4 * 60_000;
  expect(await world.find(world.wanted)).toBeUndefined();
  world.now.ms = Date.now() + 6 * 60_000;
  expect(await world.find(world.wanted)).toMatchObject({ duplicate: true });
});

test("searches messages published after its start only if they may be its own", async () => {
  await using world = await openWorld();
  await world.find(world.wanted);
  const own = aMessage(base);
  await publish(world.bus, own);
  expect(await world.find(own)).toBeUndefined();
  expect(await world.find(own, true)).toMatchObject({ sequence: 5 });
  const later = aMessage(base);
  await publish(world.bus, later);
  expect(await world.find(later)).toBeUndefined();
  world.alreadyEnriched.forget();
  expect(await world.find(later)).toMatchObject({ sequence: 6 });
});

test("recovers from a missing stream", async () => {
  await using world = await openWorld();
  const { jsm } = world.bus;
  const { config } = await jsm.streams.info("MESSAGES_INBOUND_ENRICHED");
  await jsm.streams.delete("MESSAGES_INBOUND_ENRICHED");
  await expect(world.find(world.wanted)).rejects.toMatchObject({ retry: "soon" });
  await jsm.streams.add(config);
  await publish(world.bus, world.wanted);
  expect(await world.find(world.wanted)).toMatchObject({ sequence: 1 });
});

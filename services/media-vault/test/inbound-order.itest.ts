import { type Bus, consumers, ensureConsumer, ensureStreams, openBus, streams } from "@mio/bus";
import { createBackoff, systemClock } from "@mio/pacing";
import { testNats } from "@mio/testkit";
import { expect, test } from "vitest";
import { createInboundOrder, type InboundOrder } from "../src/inbound/inbound-order.ts";
import { createPersist } from "../src/persist.ts";
import { takeNext } from "./take-next.ts";

const decoder = new TextDecoder();
const { signal } = new AbortController();
const persist = createPersist({ clock: systemClock, backoff: createBackoff({ baseMs: 5, maxMs: 50 }) });

/**
 * A stream with alternating `a`, `b` and `c` messages, and a consumer that has delivered and acknowledged the first
 * ones.
 */
async function openWorld({
  acknowledged,
  taken = 0,
}: {
  readonly acknowledged: number;
  readonly taken?: number;
}) {
  await using opening = new AsyncDisposableStack();
  const nats = opening.use(await testNats());
  const bus = opening.use(await openBus({ servers: nats.url, name: "order" }));
  await ensureStreams(bus, { replicas: 1, storage: nats.storage });
  const consumer = consumers.mediaVault;
  await ensureConsumer(bus, consumer);
  for (const text of ["a1", "b1", "a2", "c1", "a3", "b2", "a4"]) await publish(bus, text);
  await take(bus, { acknowledged, taken });
  const gaps: number[] = [];
  const order = createInboundOrder(bus, { consumer, persist, onGap: () => gaps.push(1) });
  const opened = opening.move();
  return { bus, order, gaps, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

async function publish(bus: Bus, text: string, headers: [string, string][] = []): Promise<void> {
  const subject = `mio.inbound.zoho_cliq.acc.${text[0]}`;
  await bus.publisher.publish({ subject, dedupId: text, payload: new TextEncoder().encode(text), headers });
}

/** Takes deliveries as another process that acknowledges the first ones and crashes with the rest. */
async function take(
  bus: Bus,
  counts: { readonly acknowledged: number; readonly taken: number },
): Promise<void> {
  let id: string | undefined;
  for (let index = 0; index < counts.acknowledged + counts.taken; index += 1) {
    const next = await takeNext(bus, { ...consumers.mediaVault, id });
    id = next.headers?.get("Nats-Pin-Id");
    if (index < counts.acknowledged) await bus.nc.request(next.reply ?? "", "+ACK");
  }
}

interface Arrival {
  readonly subject: string;
  readonly streamSequence: number;
  readonly consumerSequence: number;
}

const arrival = (conversation: string, streamSequence: number, consumerSequence: number): Arrival => ({
  subject: `mio.inbound.zoho_cliq.acc.${conversation}`,
  streamSequence,
  consumerSequence,
});

async function textsBefore(order: InboundOrder, delivery: Arrival): Promise<string[]> {
  expect(order.laneOf(delivery)).toBe(delivery.subject);
  const texts: string[] = [];
  for await (const { payload } of order.earlierThan(delivery, signal)) texts.push(decoder.decode(payload));
  return texts;
}

test("the first delivery waits for all unacknowledged messages of its conversation", async () => {
  await using world = await openWorld({ acknowledged: 2, taken: 3 });
  expect(await textsBefore(world.order, arrival("a", 7, 5))).toEqual(["a2", "a3"]);
});

test("restarts a search whose message could not be handled", async () => {
  await using world = await openWorld({ acknowledged: 2, taken: 3 });
  const delivery = arrival("a", 7, 5);
  const handle = async (): Promise<void> => {
    for await (const _earlier of world.order.earlierThan(delivery, signal))
      throw new Error("cannot be handled");
  };
  expect(world.order.laneOf(delivery)).toBe(delivery.subject);
  await expect(handle()).rejects.toThrow("cannot be handled");
  await expect(handle()).rejects.toThrow("cannot be handled");
});

test("skips acknowledged messages, because they are published", async () => {
  await using world = await openWorld({ acknowledged: 5 });
  expect(await textsBefore(world.order, arrival("a", 7, 6))).toEqual([]);
});

test("does not search again without a gap, even for other conversations", async () => {
  await using world = await openWorld({ acknowledged: 0 });
  expect(await textsBefore(world.order, arrival("a", 1, 1))).toEqual([]);
  expect(await textsBefore(world.order, arrival("a", 3, 2))).toEqual([]);
});

test("searches once per conversation after a gap in the consumer's sequence", async () => {
  await using world = await openWorld({ acknowledged: 0 });
  expect(await textsBefore(world.order, arrival("a", 1, 1))).toEqual([]);
  // The deliveries of b1 and a2 were lost.
  expect(await textsBefore(world.order, arrival("a", 5, 4))).toEqual(["a1", "a2"]);
  expect(await textsBefore(world.order, arrival("b", 6, 5))).toEqual(["b1"]);
  expect(await textsBefore(world.order, arrival("a", 7, 6))).toEqual([]);
  // A re-created consumer counts from the beginning.
  expect(world.gaps).toHaveLength(2);
  expect(await textsBefore(world.order, arrival("a", 7, 1))).toEqual(["a1", "a2", "a3"]);
  expect(world.gaps).toHaveLength(3);
});

test("a search interrupted by a gap settles nothing after the gap", async () => {
  await using world = await openWorld({ acknowledged: 0 });
  const search = textsBefore(world.order, arrival("a", 5, 1));
  const late = arrival("a", 7, 9);
  world.order.laneOf(late);
  expect(await search).toEqual(["a1", "a2"]);
  const texts: string[] = [];
  for await (const { payload } of world.order.earlierThan(late, signal)) texts.push(decoder.decode(payload));
  expect(texts).toEqual(["a1", "a2", "a3"]);
});

test("ignores a message redriven to another durable", async () => {
  await using world = await openWorld({ acknowledged: 7 });
  await publish(world.bus, "d1", [["Mio-Redrive-Durable", "gcs-archiver"]]);
  await publish(world.bus, "d2", [["Mio-Redrive-Durable", "media-vault"]]);
  await publish(world.bus, "d3");
  expect(await textsBefore(world.order, arrival("d", 10, 1))).toEqual(["d2"]);
});

test("waits while the consumer is missing", async () => {
  await using world = await openWorld({ acknowledged: 0 });
  const { stream, durable } = consumers.mediaVault;
  await world.bus.jsm.consumers.delete(stream.name, durable);
  const texts = textsBefore(world.order, arrival("a", 3, 2));
  await ensureConsumer(world.bus, consumers.mediaVault);
  expect(await texts).toEqual(["a1"]);
  expect((await world.bus.jsm.streams.info(streams.inbound.name)).state.messages).toBe(7);
});

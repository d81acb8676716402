import { testNats } from "@mio/testkit";
import { StorageType } from "@nats-io/jetstream";
import { nanos } from "@nats-io/nats-core";
import { expect, test } from "vitest";
import { consumers, ensureConsumer, ensureStreams, openBus, streams } from "../src/index.ts";

const memory = { replicas: 1, storage: "memory" } as const;

async function openEmpty() {
  const server = await testNats();
  const bus = await openBus({ servers: server.url, name: "mio-test" });
  return {
    bus,
    [Symbol.asyncDispose]: async () => {
      await bus[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

const hour = 3_600_000;

test("makes the streams of the wire contract", async () => {
  await using fixture = await openEmpty();
  await ensureStreams(fixture.bus, memory);
  const made = await fixture.bus.jsm.streams.list().next();
  const facts = made.map(({ config }) => [
    config.name,
    config.subjects.join(),
    config.retention,
    config.max_age / nanos(hour),
    config.duplicate_window / nanos(1_000),
  ]);
  expect(facts.toSorted()).toEqual([
    ["MESSAGES_DLQ", "mio.dlq.>", "limits", 720, 120],
    ["MESSAGES_INBOUND", "mio.inbound.>", "limits", 168, 120],
    ["MESSAGES_INBOUND_ENRICHED", "mio.inbound_enriched.>", "limits", 168, 86_400],
    ["MESSAGES_OUTBOUND", "mio.outbound.>", "workqueue", 24, 60],
    ["MESSAGES_RECEIPTS", "mio.receipt.>", "limits", 24, 120],
    ["MESSAGES_SCHEDULED", "mio.scheduled.>", "workqueue", 9_600, 120],
  ]);
});

test("memory really is memory, and twice is as good as once, even at the same time", async () => {
  await using fixture = await openEmpty();
  const { bus } = fixture;
  await Promise.all([ensureStreams(bus, memory), ensureStreams(bus, memory), ensureStreams(bus, memory)]);
  await ensureStreams(bus, memory);
  for (const { name } of Object.values(streams)) {
    expect((await bus.jsm.streams.info(name)).config.storage).toBe(StorageType.Memory);
  }
});

test("raises what is smaller and never lowers what is larger", async () => {
  await using fixture = await openEmpty();
  const { bus } = fixture;
  const { name } = streams.inbound;
  await bus.jsm.streams.add({
    name,
    subjects: ["mio.inbound.>", "extra.>"],
    storage: StorageType.Memory,
    max_age: nanos(hour),
    duplicate_window: nanos(10 * 60_000),
    max_bytes: -1,
  });
  await ensureStreams(bus, { ...memory, only: ["inbound"] });
  const { config } = await bus.jsm.streams.info(name);
  expect(config).toMatchObject({
    subjects: ["mio.inbound.>", "extra.>"],
    max_age: nanos(168 * hour),
    duplicate_window: nanos(10 * 60_000),
    max_bytes: -1,
  });
});

test("names what cannot be changed", async () => {
  await using fixture = await openEmpty();
  const { bus } = fixture;
  await bus.jsm.streams.add({ name: streams.outbound.name, subjects: ["mio.outbound.>"] });
  await expect(ensureStreams(bus, memory)).rejects.toMatchObject({
    code: "bus.stream_conflict",
    message: expect.stringMatching(/MESSAGES_OUTBOUND.*retention is limits, needed is workqueue/),
  });
});

test("names a stream that already takes the subjects", async () => {
  await using fixture = await openEmpty();
  await fixture.bus.jsm.streams.add({ name: "SOMEBODY", subjects: ["mio.>"] });
  await expect(ensureStreams(fixture.bus, memory)).rejects.toMatchObject({
    code: "bus.stream_conflict",
    message: expect.stringMatching(/MESSAGES_INBOUND.*subjects overlap/),
  });
});

test("says that replicas need a cluster", async () => {
  await using fixture = await openEmpty();
  await expect(ensureStreams(fixture.bus, { ...memory, replicas: 3 })).rejects.toMatchObject({
    code: "bus.stream_conflict",
    message: expect.stringMatching(/replicas/),
  });
});

test("brings an existing consumer to its declaration and keeps its place", async () => {
  await using fixture = await openEmpty();
  const { bus } = fixture;
  await ensureStreams(bus, memory);
  await bus.jsm.consumers.add(streams.outbound.name, {
    durable_name: "sender-pool",
    ack_policy: "explicit",
    max_deliver: 5,
    max_ack_pending: 32,
  });
  await ensureConsumer(bus, consumers.senderPool);
  await ensureConsumer(bus, consumers.senderPool);
  const { config } = await bus.jsm.consumers.info(streams.outbound.name, "sender-pool");
  expect(config).toMatchObject({ max_deliver: -1, max_ack_pending: 500, ack_policy: "explicit" });
});

test("names a consumer that cannot be made", async () => {
  await using fixture = await openEmpty();
  const { bus } = fixture;
  await ensureStreams(bus, memory);
  await ensureConsumer(bus, consumers.senderPool);
  await expect(ensureConsumer(bus, consumers.senderPool, { durable: "second" })).rejects.toMatchObject({
    code: "bus.stream_conflict",
    message: expect.stringMatching(/second of MESSAGES_OUTBOUND/),
  });
});

test("tells a missing stream from a refusal", async () => {
  await using fixture = await openEmpty();
  await expect(ensureConsumer(fixture.bus, consumers.mediaVault)).rejects.toMatchObject({
    code: "bus.no_stream",
    retry: "soon",
  });
});

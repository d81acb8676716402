import { type TestNatsOptions, testNats } from "@mio/testkit";
import { StorageType } from "@nats-io/jetstream";
import { nanos } from "@nats-io/nats-core";
import { expect, test } from "vitest";
import {
  consumers,
  countLeft,
  ensureConsumer,
  ensureStreams,
  openBus,
  removeConsumer,
  streams,
} from "../src/index.ts";
import { publishText } from "./bus-fixture.ts";

const memory = { replicas: 1, storage: "memory" } as const;

async function openEmpty(limits: TestNatsOptions = {}) {
  const server = await testNats(limits);
  const bus = await openBus({ servers: server.url, name: "mio-test" });
  const heard: string[] = [];
  bus.nc.subscribe("$JS.API.>", { callback: (_error, { subject }) => void heard.push(subject) });
  return {
    bus,
    /** What JetStream was asked until now. */
    asked: async () => {
      await bus.nc.flush();
      return [...heard];
    },
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
    ["MESSAGES_ATTACHMENTS", "mio.attachments.>", "workqueue", 168, 120],
    ["MESSAGES_DLQ", "mio.dlq.>", "limits", 720, 120],
    ["MESSAGES_INBOUND", "mio.inbound.>", "limits", 168, 120],
    ["MESSAGES_INBOUND_ENRICHED", "mio.inbound_enriched.>", "limits", 168, 600],
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

test("keeps what an operator set: limits, age, window and what happens when a stream is full", async () => {
  await using fixture = await openEmpty();
  const { bus } = fixture;
  await ensureStreams(bus, memory);
  const chosen = {
    max_age: nanos(3 * hour),
    duplicate_window: nanos(60_000),
    max_bytes: 1 << 20,
    max_msgs: 500,
    max_msg_size: 4_096,
    discard: "old",
  } as const;
  for (const { name } of Object.values(streams)) {
    const { config } = await bus.jsm.streams.info(name);
    await bus.jsm.streams.update(name, { ...config, ...chosen });
  }
  await ensureStreams(bus, memory);
  for (const { name } of Object.values(streams)) {
    expect((await bus.jsm.streams.info(name)).config).toMatchObject(chosen);
  }
});

test("lifts the limits of earlier versions and keeps the messages", async () => {
  await using fixture = await openEmpty();
  const { bus } = fixture;
  const { name, subjects, formerMaxBytes = 0 } = streams.inbound;
  await bus.jsm.streams.add({
    name,
    subjects: [...subjects],
    storage: StorageType.Memory,
    max_bytes: formerMaxBytes / 8,
    discard: "old",
  });
  await publishText(bus, "conv", "kept");
  await ensureStreams(bus, memory);
  const { config, state } = await bus.jsm.streams.info(name);
  expect(config).toMatchObject({ max_bytes: -1, discard: "new" });
  expect(state.messages).toBe(1);
});

test("asks for each stream once when all is well", async () => {
  await using fixture = await openEmpty();
  const { bus, asked } = fixture;
  await ensureStreams(bus, memory);
  const before = (await asked()).length;
  await ensureStreams(bus, memory);
  const questions = (await asked()).slice(before);
  expect(questions.toSorted()).toEqual(
    Object.values(streams)
      .map(({ name }) => `$JS.API.STREAM.INFO.${name}`)
      .toSorted(),
  );
});

test("makes the other streams although one is in conflict", async () => {
  await using fixture = await openEmpty();
  const { bus } = fixture;
  await bus.jsm.streams.add({
    name: streams.inbound.name,
    subjects: ["mio.inbound.>"],
    retention: "workqueue",
  });
  await expect(ensureStreams(bus, memory)).rejects.toMatchObject({ code: "bus.stream_conflict" });
  const made = await bus.jsm.streams.list().next();
  expect(made).toHaveLength(Object.keys(streams).length);
});

test("fits into a JetStream of one gigabyte", async () => {
  await using fixture = await openEmpty({ maxStoreBytes: 1_000_000_000 });
  await ensureStreams(fixture.bus, { replicas: 1, storage: "file" });
  expect(await fixture.bus.jsm.streams.list().next()).toHaveLength(Object.keys(streams).length);
});

test("says when JetStream has no room for what a stream reserves, and that this can pass", async () => {
  await using fixture = await openEmpty({ maxStoreBytes: 1_000_000 });
  await expect(ensureStreams(fixture.bus, memory)).rejects.toMatchObject({
    code: "bus.storage_failed",
    retry: "soon",
    details: { stream: "MESSAGES_OUTBOUND" },
    message: expect.stringMatching(/insufficient memory resources/),
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
  await fixture.bus.jsm.streams.add({ name: "FOREIGN", subjects: ["mio.>"] });
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
  // The server refuses to change it.
  expect(config.mem_storage).toBeUndefined();
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

test("counts what a consumer has left, and nothing for one that is not there", async () => {
  await using fixture = await openEmpty();
  const { bus } = fixture;
  const { pinned: _pinned, ...consumer } = consumers.mediaVault;
  await expect(countLeft(bus, consumer)).rejects.toMatchObject({ code: "bus.no_stream", retry: "soon" });
  await ensureStreams(bus, memory);
  expect(await countLeft(bus, consumer)).toBe(0);
  expect(await removeConsumer(bus, consumer)).toBe(false);
  await ensureConsumer(bus, consumer);
  for (const text of ["one", "two", "three"]) await publishText(bus, "conv", text);
  const reader = await bus.js.consumers.get(consumer.stream.name, consumer.durable);
  await reader.next({ expires: 5_000 });
  expect(await countLeft(bus, consumer)).toBe(3);
  expect(await removeConsumer(bus, consumer)).toBe(true);
  expect(await countLeft(bus, consumer)).toBe(0);
});

test("distinguishes a missing stream from a refusal", async () => {
  await using fixture = await openEmpty();
  await expect(ensureConsumer(fixture.bus, consumers.mediaVault)).rejects.toMatchObject({
    code: "bus.no_stream",
    retry: "soon",
  });
});

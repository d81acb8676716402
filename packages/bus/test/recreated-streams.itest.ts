import { cp, rm } from "node:fs/promises";
import { createLogger } from "@mio/service-kit";
import { captureLogs, eventually, type NatsServer } from "@mio/testkit";
import { DeliverPolicy } from "@nats-io/jetstream";
import { expect, test } from "vitest";
import {
  type Bus,
  type ConsumerDeclaration,
  consume,
  consumers,
  ensureConsumer,
  ensureStreams,
  type Outcome,
  openBus,
  senderPoolOf,
  streams,
} from "../src/index.ts";
import { openTestBus, publishText, runWorker } from "./bus-fixture.ts";

const done: Outcome = { kind: "done" };
const decoder = new TextDecoder();
const { mediaVault: vault } = consumers;
const { name } = streams.inbound;

/** Many more than the thousand before its position at which a reader resumes. */
const manyMessages = 1_300;

async function publishMany(bus: Bus, prefix: string, count: number): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, (_, index) => publishText(bus, "conv", `${prefix}-${index}`)),
  );
}

function read(bus: Bus, consumer: ConsumerDeclaration = vault) {
  const seen: string[] = [];
  const logs = captureLogs();
  const logger = createLogger({ service: "test", level: "warn", destination: logs.destination });
  const worker = runWorker(
    consume({
      bus,
      consumer,
      logger,
      maxInFlight: 100,
      handler: async ({ payload }) => {
        seen.push(decoder.decode(payload));
        return done;
      },
    }),
  );
  const of = (prefix: string): number => new Set(seen.filter((text) => text.startsWith(prefix))).size;
  return { of, seen, logs, [Symbol.asyncDispose]: () => worker[Symbol.asyncDispose]() };
}

async function recreate(bus: Bus, key: "inbound" | "outbound" = "inbound"): Promise<void> {
  await bus.jsm.streams.delete(streams[key].name);
  await ensureStreams(bus, { replicas: 1, storage: "memory", only: [key] });
}

test("a running reader reads a recreated stream from its first message", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  await using reader = read(bus);
  await publishMany(bus, "old", manyMessages);
  await eventually(() => expect(reader.of("old")).toBe(manyMessages));
  await recreate(bus);
  await publishMany(bus, "new", 40);
  await eventually(() => expect(reader.of("new")).toBe(40));
  expect(reader.logs.matching({ event: "consume.stream_replaced" })[0]).toMatchObject({
    change: "recreated",
    read: manyMessages,
  });
});

test("a running reader waits for a stream that is missing, and then reads all of it", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  await using reader = read(bus);
  await publishMany(bus, "old", manyMessages);
  await eventually(() => expect(reader.of("old")).toBe(manyMessages));
  await bus.jsm.streams.delete(name);
  await eventually(() => expect(reader.logs.matching({ event: "consume.reset" })).not.toEqual([]));
  await ensureStreams(bus, { replicas: 1, storage: "memory" });
  await publishMany(bus, "new", 40);
  await eventually(() => expect(reader.of("new")).toBe(40), { timeoutMs: 5_000 });
});

// What an earlier version of Mio left behind: a durable that resumes where a former stream was.
test.each([
  ["beyond the end of the stream", 6],
  ["within the stream, which has grown since", 400],
])("a reader that is started later replaces a durable that starts %s", async (_, count) => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  await bus.jsm.consumers.add(name, {
    durable_name: vault.durable,
    ack_policy: "explicit",
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: 301,
  });
  await publishMany(bus, "new", count);
  await using reader = read(bus);
  await eventually(() => expect(reader.of("new")).toBe(count));
  expect(reader.logs.matching({ event: "consume.consumer_replaced" })).toHaveLength(1);
});

test("a durable that starts within its stream keeps its place", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  await publishMany(bus, "old", 6);
  for (const startSequence of [7, 4, 1]) {
    const durable = `starts-at-${startSequence}`;
    await ensureConsumer(bus, vault, { durable, startSequence });
    await ensureConsumer(bus, vault, { durable, startSequence });
    const { config } = await bus.jsm.consumers.info(name, durable);
    expect(config).toMatchObject({ deliver_policy: "by_start_sequence", opt_start_seq: startSequence });
  }
});

async function copyStore(server: NatsServer, from: string, to: string): Promise<void> {
  await rm(`${server.dir}/${to}`, { recursive: true, force: true });
  await cp(`${server.dir}/${from}`, `${server.dir}/${to}`, { recursive: true });
}

test.each([
  ["ends earlier than what was read", 40],
  ["has grown beyond what was read before the reader looks", manyMessages + 40],
])("a stream restored from an older backup that %s is read from its beginning", async (_, count) => {
  await using fixture = await openTestBus({ durable: true });
  const { bus, server } = fixture;
  await publishMany(bus, "kept", 10);
  await server.kill();
  await copyStore(server, "store", "backup");
  await server.restart();
  await eventually(() => bus.isConnected());
  await using reader = read(bus);
  await publishMany(bus, "lost", manyMessages);
  await eventually(() => expect(reader.of("lost")).toBe(manyMessages), { timeoutMs: 20_000 });
  await server.kill();
  await copyStore(server, "backup", "store");
  await server.restart();
  // The reader is still waiting for its next try to connect.
  await using publisher = await openBus({ servers: server.url, name: "publisher" });
  await publishMany(publisher, "new", count);
  await eventually(() => expect(reader.of("new")).toBe(count), { timeoutMs: 20_000 });
});

test("streams in memory that a restart of NATS took are read from their beginning", async () => {
  await using fixture = await openTestBus();
  const { bus, server } = fixture;
  await using reader = read(bus);
  await publishMany(bus, "old", manyMessages);
  await eventually(() => expect(reader.of("old")).toBe(manyMessages));
  await server.kill();
  await server.restart();
  await eventually(() => bus.isConnected());
  await ensureStreams(bus, { replicas: 1, storage: "memory" });
  await publishMany(bus, "new", 40);
  await eventually(() => expect(reader.of("new")).toBe(40));
});

test("a reader of a work queue goes on in a recreated stream", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  await using reader = read(bus, senderPoolOf("acct"));
  const publish = (text: string) =>
    bus.publisher.publish({
      subject: "mio.outbound.slack.acct.conv",
      dedupId: text,
      payload: new TextEncoder().encode(text),
    });
  for (const text of ["old-1", "old-2"]) await publish(text);
  await eventually(() => expect(reader.of("old")).toBe(2));
  await recreate(bus, "outbound");
  for (const text of ["new-1", "new-2", "new-3"]) await publish(text);
  await eventually(() => expect(reader.of("new")).toBe(3));
  await eventually(async () =>
    expect((await bus.jsm.streams.info(streams.outbound.name)).state.messages).toBe(0),
  );
});

test("a message held across a recreation neither hides nor acknowledges the one that took its number", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  const gates = new Map(["old", "first", "second"].map((text) => [text, Promise.withResolvers<void>()]));
  const seen: string[] = [];
  await using _worker = runWorker(
    consume({
      bus,
      consumer: { ...vault, ackWaitMs: 600 },
      maxInFlight: 2,
      handler: async ({ payload }) => {
        const text = decoder.decode(payload);
        seen.push(text);
        await gates.get(text)?.promise;
        return done;
      },
    }),
  );
  await publishText(bus, "conv", "old");
  await eventually(() => expect(seen).toEqual(["old"]));
  await recreate(bus);
  await publishText(bus, "conv", "first");
  await publishText(bus, "conv", "second");
  await eventually(() => expect(seen).toEqual(["old", "first"]));
  gates.get("old")?.resolve();
  // Its place is free once its end was settled.
  await eventually(() => expect(seen).toEqual(["old", "first", "second"]));
  const pending = async () => (await bus.jsm.consumers.info(name, vault.durable)).num_ack_pending;
  expect(await pending()).toBe(2);
  for (const gate of gates.values()) gate.resolve();
  await eventually(async () => expect(await pending()).toBe(0));
  expect(seen).toEqual(["old", "first", "second"]);
});

test("what other replicas held is delivered again when the durable is deleted, and the rest is not", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  const consumer = { ...vault, maxAckPending: 5 };
  await ensureConsumer(bus, consumer);
  await publishText(bus, "conv", "held-elsewhere");
  const victim = await bus.js.consumers.get(name, vault.durable);
  expect((await victim.next({ expires: 5_000 }))?.seq).toBe(1);
  await using reader = read(bus, consumer);
  await publishMany(bus, "ours", 4);
  await eventually(() => expect(reader.of("ours")).toBe(4));
  await bus.jsm.consumers.delete(name, vault.durable);
  await eventually(() => expect(reader.of("held-elsewhere")).toBe(1));
});

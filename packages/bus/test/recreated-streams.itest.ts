import { cp, rm } from "node:fs/promises";
import { MioError } from "@mio/failure";
import { createLogger } from "@mio/service-kit";
import { captureLogs, eventually, type NatsServer } from "@mio/testkit";
import { DeliverPolicy } from "@nats-io/jetstream";
import { expect, test } from "vitest";
import {
  type Bus,
  type ConsumerDeclaration,
  consume,
  consumers,
  type Delivery,
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
const { pinned: _pinned, ...vault } = consumers.mediaVault;
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
  await eventually(() => expect(reader.of("new")).toBe(40));
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

test("a message that is held across a restore and delivered again is acknowledged, and handled once", async () => {
  await using fixture = await openTestBus({ durable: true });
  const { bus, server } = fixture;
  const consumer = { ...vault, ackWaitMs: 1_000 };
  const release = Promise.withResolvers<void>();
  const seen: string[] = [];
  const logs = captureLogs();
  const logger = createLogger({ service: "test", level: "warn", destination: logs.destination });
  const handler = async ({ payload }: Delivery) => {
    seen.push(decoder.decode(payload));
    if (seen.length === 1) await release.promise;
    return done;
  };
  await publishText(bus, "conv", "held");
  await server.kill();
  await copyStore(server, "store", "backup");
  await server.restart();
  await eventually(() => bus.isConnected());
  await using _worker = runWorker(consume({ bus, logger, consumer, maxInFlight: 5, handler }));
  await publishMany(bus, "lost", 5);
  await eventually(() => expect(seen).toHaveLength(6));
  await server.kill();
  await copyStore(server, "backup", "store");
  await server.restart();
  await eventually(() => expect(logs.matching({ event: "consume.stream_replaced" })).toHaveLength(1));
  const info = () => bus.jsm.consumers.info(name, vault.durable);
  await eventually(async () => expect((await info()).num_ack_pending).toBe(1));
  release.resolve();
  await eventually(async () => expect((await info()).ack_floor.stream_seq).toBe(1));
  expect(seen.filter((text) => text === "held")).toHaveLength(1);
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

test("a message of a former stream neither hides nor acknowledges the one with its sequence", async () => {
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

/** The same bus for a reader whose looks at its stream get no answer between `hold` and `release`. */
function withHeldLooks(bus: Bus) {
  let gate = Promise.withResolvers<void>();
  gate.resolve();
  const info = async (stream: string) => {
    await gate.promise;
    return await bus.jsm.streams.info(stream);
  };
  const streamApi = Object.create(bus.jsm.streams, { info: { value: info } });
  const jsm: Bus["jsm"] = Object.create(bus.jsm, { streams: { value: streamApi } });
  return {
    bus: { ...bus, jsm },
    hold: () => {
      gate = Promise.withResolvers();
    },
    release: () => gate.resolve(),
  };
}

test("acknowledges nothing until the stream is verified", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  const looks = withHeldLooks(bus);
  const logs = captureLogs();
  const logger = createLogger({ service: "test", level: "warn", destination: logs.destination });
  const release = Promise.withResolvers<void>();
  const seen: string[] = [];
  const handler = async ({ payload }: Delivery) => {
    seen.push(decoder.decode(payload));
    await release.promise;
    return done;
  };
  const worker = consume({ bus: looks.bus, logger, consumer: vault, maxInFlight: 5, handler });
  await using _worker = runWorker(worker);
  await publishText(bus, "conv", "old");
  await eventually(() => expect(seen).toEqual(["old"]));
  await bus.jsm.streams.delete(name);
  // From now on the worker looks about once a second, and does not learn what it sees.
  await eventually(() => expect(logs.matching({ event: "consume.repair_failed" })).toHaveLength(1));
  looks.hold();
  await ensureStreams(bus, { replicas: 1, storage: "memory", only: ["inbound"] });
  await ensureConsumer(bus, vault);
  await publishText(bus, "conv", "new");
  const other = await bus.js.consumers.get(name, vault.durable);
  expect((await other.next({ expires: 5_000 }))?.seq).toBe(1);
  release.resolve();
  looks.release();
  await eventually(() => expect(logs.matching({ event: "consume.stream_replaced" })).toHaveLength(1));
  await bus.ping();
  expect((await bus.jsm.consumers.info(name, vault.durable)).num_ack_pending).toBe(1);
});

test("a message of a former stream does not keep its successor from being delivered again", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  const logs = captureLogs();
  const logger = createLogger({ service: "test", level: "warn", destination: logs.destination });
  const consumer = { ...vault, ackWaitMs: 500 };
  const looks = withHeldLooks(bus);
  const release = Promise.withResolvers<void>();
  const seen: string[] = [];
  const handler = async ({ payload }: Delivery) => {
    seen.push(decoder.decode(payload));
    if (seen.length === 1) await release.promise;
    return done;
  };
  const worker = consume({ bus: looks.bus, logger, consumer, maxInFlight: 5, handler });
  await using _worker = runWorker(worker);
  await publishText(bus, "conv", "old");
  await eventually(() => expect(seen).toEqual(["old"]));
  await bus.jsm.streams.delete(name);
  await eventually(() => expect(logs.matching({ event: "consume.repair_failed" })).toHaveLength(1));
  looks.hold();
  await ensureStreams(bus, { replicas: 1, storage: "memory", only: ["inbound"] });
  await ensureConsumer(bus, consumer);
  await publishText(bus, "conv", "new");
  // Another process takes it and dies; the first message of this worker had the same number.
  const victim = await bus.js.consumers.get(name, vault.durable);
  expect((await victim.next({ expires: 5_000 }))?.seq).toBe(1);
  looks.release();
  await eventually(() => expect(seen).toEqual(["old", "new"]));
  release.resolve();
});

test("a reader that can hold no more notices a recreated stream, and keeps what it holds of the new one", async () => {
  await using fixture = await openTestBus({ durable: true });
  const { bus, server } = fixture;
  const logs = captureLogs();
  const logger = createLogger({ service: "test", level: "warn", destination: logs.destination });
  const gates = new Map(["old", "new"].map((text) => [text, Promise.withResolvers<void>()]));
  const seen: string[] = [];
  const handler = async ({ payload }: Delivery) => {
    const text = decoder.decode(payload);
    seen.push(text);
    await gates.get(text)?.promise;
    return done;
  };
  await using _worker = runWorker(consume({ bus, logger, consumer: vault, maxInFlight: 1, handler }));
  await publishText(bus, "conv", "old");
  await eventually(() => expect(seen).toEqual(["old"]));
  await bus.jsm.streams.delete(name);
  await eventually(() => expect(logs.matching({ event: "consume.reset" })).toHaveLength(1));
  await ensureStreams(bus, { replicas: 1, storage: "file", only: ["inbound"] });
  await publishText(bus, "conv", "new");
  gates.get("old")?.resolve();
  await eventually(() => expect(seen).toEqual(["old", "new"]));
  await server.kill();
  await server.restart();
  await eventually(() => expect(logs.matching({ reason: "reconnected" })).toHaveLength(1));
  gates.get("new")?.resolve();
  await eventually(async () => {
    expect((await bus.jsm.consumers.info(name, vault.durable)).ack_floor.stream_seq).toBe(1);
  });
  expect(seen).toEqual(["old", "new"]);
});

test("a reader of a work queue makes its durable again when it was deleted", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  const consumer = senderPoolOf("acct");
  await using reader = read(bus, consumer);
  const subject = "mio.outbound.slack.acct.conv";
  const publish = (dedupId: string) =>
    bus.publisher.publish({ subject, dedupId, payload: new TextEncoder().encode(dedupId) });
  await publish("before");
  await eventually(() => expect(reader.of("before")).toBe(1));
  await bus.jsm.consumers.delete(consumer.stream.name, consumer.durable);
  await publish("after");
  await eventually(() => expect(reader.seen).toEqual(["before", "after"]));
});

test("a message that is held when the durable is deleted, and then given back, comes again", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  const consumer = { ...vault, maxAckPending: 3 };
  const release = Promise.withResolvers<void>();
  const seen: string[] = [];
  const error = new MioError("bus.unavailable", "not now", { retry: "soon" });
  await using _worker = runWorker(
    consume({
      bus,
      consumer,
      maxInFlight: 10,
      handler: async ({ payload }) => {
        const text = decoder.decode(payload);
        seen.push(text);
        if (text !== "held" || seen.indexOf(text) < seen.length - 1) return done;
        await release.promise;
        return { kind: "retry", afterMs: 0, error };
      },
    }),
  );
  await publishText(bus, "conv", "held");
  await publishMany(bus, "other", 20);
  await eventually(() => expect(seen).toHaveLength(21));
  await bus.jsm.consumers.delete(name, vault.durable);
  await publishText(bus, "conv", "after");
  await eventually(() => expect(seen).toContain("after"));
  release.resolve();
  await eventually(() => expect(seen.filter((text) => text === "held")).toHaveLength(2));
});

test("a message that came again last does not move the position back", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  const consumer = { ...vault, maxAckPending: 3 };
  const seen: string[] = [];
  const error = new MioError("bus.unavailable", "not now", { retry: "soon" });
  await using _worker = runWorker(
    consume({
      bus,
      consumer,
      maxInFlight: 10,
      handler: async ({ payload }) => {
        const text = decoder.decode(payload);
        seen.push(text);
        const isEarly = text === "first" && seen.length < 21;
        return isEarly ? { kind: "retry", afterMs: 50, error } : done;
      },
    }),
  );
  await publishText(bus, "conv", "first");
  await publishMany(bus, "other", 20);
  await eventually(async () => {
    expect((await bus.jsm.consumers.info(name, vault.durable)).ack_floor.stream_seq).toBe(21);
  });
  expect(seen.lastIndexOf("first")).toBeGreaterThan(10);
  await bus.jsm.consumers.delete(name, vault.durable);
  await publishText(bus, "conv", "after");
  await eventually(() => expect(seen).toContain("after"));
  expect(seen.filter((text) => text === "other-0")).toHaveLength(1);
});

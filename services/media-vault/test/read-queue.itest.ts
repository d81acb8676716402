import { attachmentsOf, type Bus, ensureConsumer, ensureStreams, type Handler, openBus } from "@mio/bus";
import { type Clock, systemClock } from "@mio/pacing";
import { createLogger } from "@mio/service-kit";
import { captureLogs, eventually, testNats } from "@mio/testkit";
import { expect, test } from "vitest";
import { createReadQueue, type ReadQueueOptions } from "../src/queue/read-queue.ts";
import { takeNext } from "./take-next.ts";

const stream = "MESSAGES_ATTACHMENTS";

async function openWorld() {
  await using opening = new AsyncDisposableStack();
  const nats = opening.use(await testNats());
  const bus = opening.use(await openBus({ servers: nats.url, name: "reader" }));
  await ensureStreams(bus, { replicas: 1, storage: nats.storage });
  const logs = captureLogs();
  const logger = createLogger({ service: "reader", level: "info", destination: logs.destination });
  const seen: string[] = [];
  const handler: Handler = async ({ payload }) => {
    seen.push(Buffer.from(payload).toString());
    return { kind: "done" };
  };
  const start = (changes: Partial<ReadQueueOptions> = {}) => {
    const common = { bus, durable: "media-vault", handler, clock: systemClock, logger, reading: {} };
    const reader = createReadQueue({ ...common, lookEveryMs: 3_600_000, ...changes });
    const stopping = new AbortController();
    const running = reader.worker.run(stopping.signal);
    return {
      ...reader,
      [Symbol.asyncDispose]: async () => {
        stopping.abort();
        await running;
      },
    };
  };
  const opened = opening.move();
  return { bus, logs, seen, start, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

async function add(bus: Bus, account: string, text: string, hash = text): Promise<void> {
  const subject = `mio.attachments.slack.${account}.conv.${hash}`;
  await bus.publisher.publish({ subject, dedupId: `${account}:${text}`, payload: Buffer.from(text) });
}

const infoOf = (bus: Bus, account: string) => bus.jsm.consumers.info(stream, `media-vault-${account}`);

test("finds accounts with messages queued by another process, at startup and periodically", async () => {
  await using world = await openWorld();
  await add(world.bus, "a", "one");
  await add(world.bus, "b", "two");
  await using _reader = world.start({ lookEveryMs: 20 });
  await eventually(() => expect(world.seen.toSorted()).toEqual(["one", "two"]));
  await add(world.bus, "c", "three");
  await eventually(() => expect(world.seen).toContain("three"));
});

test("reads an account at once after queueing a message for it", async () => {
  await using world = await openWorld();
  await using reader = world.start();
  await eventually(async () => {
    await add(world.bus, "a", "one");
    reader.open("a");
    await eventually(() => expect(world.seen).toContain("one"), { timeoutMs: 500 });
  });
});

test("stops reading an idle account, and resumes with its next message", async () => {
  await using world = await openWorld();
  await add(world.bus, "a", "one");
  await using reader = world.start({ idleMs: 40 });
  await eventually(() => expect(world.seen).toEqual(["one"]));
  await eventually(async () => expect((await infoOf(world.bus, "a")).num_waiting).toBe(0));
  await add(world.bus, "a", "two");
  reader.open("a");
  await eventually(() => expect(world.seen).toEqual(["one", "two"]));
});

test("misses no message that arrives while its reader stops", async () => {
  await using world = await openWorld();
  await add(world.bus, "a", "0");
  // Longer than a loaded machine needs to begin to read: a reader that is idle earlier would read nothing.
  const idleMs = 50;
  await using reader = world.start({ idleMs });
  for (let index = 1; index <= 60; index += 1) {
    await add(world.bus, "a", String(index));
    reader.open("a");
    await eventually(() => expect(world.seen).toHaveLength(index + 1), { everyMs: 1 });
    // The next message arrives before, while, or after the reader stops.
    await systemClock.sleep(idleMs + (index % 20));
  }
});

test("keeps reading while a message is in progress here or in another process", async () => {
  await using world = await openWorld();
  const consumer = attachmentsOf("a", "media-vault");
  await ensureConsumer(world.bus, consumer);
  await add(world.bus, "a", "lost");
  await takeNext(world.bus, consumer);
  const gate = Promise.withResolvers<void>();
  const handled: string[] = [];
  const handler: Handler = async ({ payload }) => {
    await gate.promise;
    handled.push(Buffer.from(payload).toString());
    return { kind: "done" };
  };
  await add(world.bus, "a", "slow");
  await using _reader = world.start({ idleMs: 20, handler });
  await eventually(async () => expect((await infoOf(world.bus, "a")).num_ack_pending).toBe(2));
  const pulls = async () => (await infoOf(world.bus, "a")).num_waiting;
  for (let look = 0; look < 20; look += 1) expect(await pulls()).toBe(1);
  gate.resolve();
  await eventually(async () => expect((await infoOf(world.bus, "a")).num_ack_pending).toBe(1));
  // Far beyond the idle time, without a sign of the next message.
  for (let look = 0; look < 100; look += 1) await pulls();
  await add(world.bus, "a", "next");
  await eventually(() => expect(handled).toEqual(["slow", "next"]));
});

test("keeps reading if a message is queued between the last check and the end", async () => {
  await using world = await openWorld();
  const [looked, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const { jsm } = world.bus;
  const info: typeof jsm.consumers.info = async (...consumer) => {
    const found = await jsm.consumers.info(...consumer);
    if (found.num_pending + found.num_ack_pending > 0) return found;
    looked.resolve();
    await goOn.promise;
    return found;
  };
  const consumers: typeof jsm.consumers = Object.create(jsm.consumers, { info: { value: info } });
  const slowJsm: typeof jsm = Object.create(jsm, { consumers: { value: consumers } });
  await add(world.bus, "a", "one");
  await using reader = world.start({ idleMs: 40, bus: { ...world.bus, jsm: slowJsm } });
  await looked.promise;
  await add(world.bus, "a", "two");
  reader.open("a");
  goOn.resolve();
  await eventually(() => expect(world.seen).toEqual(["one", "two"]));
});

test("keeps reading while a message is in progress, for any time", async () => {
  await using world = await openWorld();
  const gate = Promise.withResolvers<void>();
  let looks = 0;
  const clock: Clock = {
    ...systemClock,
    sleep: (ms, signal) => {
      looks += 1;
      return systemClock.sleep(ms, signal);
    },
  };
  const handler: Handler = async () => {
    await gate.promise;
    return { kind: "done" };
  };
  await add(world.bus, "a", "slow");
  await using _reader = world.start({ idleMs: 200, clock, handler });
  await eventually(async () => expect((await infoOf(world.bus, "a")).num_ack_pending).toBe(1));
  const before = looks;
  // Each check is a quarter of the idle time later.
  await eventually(() => expect(looks).toBeGreaterThan(before + 20));
  gate.resolve();
});

test("handles events of one message in sequence, others in parallel", async () => {
  await using world = await openWorld();
  const running = new Map<string, number>();
  const gate = Promise.withResolvers<void>();
  const handler: Handler = async ({ subject }) => {
    running.set(subject, (running.get(subject) ?? 0) + 1);
    await gate.promise;
    return { kind: "done" };
  };
  for (const [text, hash] of [
    ["a1", "a"],
    ["a2", "a"],
    ["b1", "b"],
  ] as const) {
    await add(world.bus, "acc", text, hash);
  }
  await using _reader = world.start({ handler });
  await eventually(async () => expect((await infoOf(world.bus, "acc")).num_ack_pending).toBe(3));
  expect([...running.values()]).toEqual([1, 1]);
  gate.resolve();
  await eventually(() => expect([...running.values()].toSorted()).toEqual([1, 2]));
});

test("continues after the stream was missing", async () => {
  await using world = await openWorld();
  const { jsm } = world.bus;
  const { config } = await jsm.streams.info(stream);
  await jsm.streams.delete(stream);
  await using _reader = world.start({ lookEveryMs: 20 });
  await eventually(() =>
    expect(world.logs.matching({ msg: "attachments.queue_not_read" }).length).toBeGreaterThan(1),
  );
  await jsm.streams.add(config);
  await add(world.bus, "a", "one");
  await eventually(() => expect(world.seen).toEqual(["one"]));
});

test("does not read an account from an invalid subject", async () => {
  await using world = await openWorld();
  // The server accepts any text as a subject, wildcards included.
  for (const account of ["*", ">"]) world.bus.nc.publish(`mio.attachments.slack.${account}.conv.odd`, "odd");
  await add(world.bus, "a", "one");
  let looks = 0;
  const clock: Clock = {
    ...systemClock,
    sleep: (ms, signal) => {
      looks += ms === 20 ? 1 : 0;
      return systemClock.sleep(ms, signal);
    },
  };
  await using _reader = world.start({ lookEveryMs: 20, clock });
  await eventually(() => expect(world.seen).toEqual(["one"]));
  await eventually(() => expect(looks).toBeGreaterThan(2));
  const { subjects } = (await world.bus.jsm.streams.info(stream, { subjects_filter: ">" })).state;
  expect(Object.keys(subjects ?? {})).toHaveLength(2);
  expect(world.logs.lines).toEqual([]);
});

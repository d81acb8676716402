import { headerNames } from "@mio/envelope";
import { MioError } from "@mio/failure";
import { createMetrics } from "@mio/service-kit";
import { eventually } from "@mio/testkit";
import { nanos } from "@nats-io/nats-core";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type Bus,
  type ConsumerDeclaration,
  consume,
  consumers,
  type DeadLetter,
  type DeadLetterFilter,
  type Handler,
  type LetterSummary,
  listDeadLetters,
  publishDeadLetter,
  readDeadLetter,
  redriveDeadLetter,
  removeDeadLetter,
  type StoredLetter,
  senderPoolOf,
  streams,
} from "../src/index.ts";
import { openTestBus, publishText, runWorker } from "./bus-fixture.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const dead: Handler = async () => ({
  kind: "dead",
  error: new MioError("delivery.refused", "no", { details: { reason: "no_account" } }),
});

async function list(bus: Bus, filter?: DeadLetterFilter): Promise<readonly LetterSummary[]> {
  const found: LetterSummary[] = [];
  for await (const letter of listDeadLetters(bus, filter)) found.push(letter);
  return found;
}

async function letters(bus: Bus, count: number): Promise<readonly LetterSummary[]> {
  return await eventually(async () => {
    const found = await list(bus);
    expect(found).toHaveLength(count);
    return found;
  });
}

function publishCommand(bus: Bus, conversation: string, text: string) {
  return bus.publisher.publish({
    subject: `mio.outbound.slack.acct.${conversation}.edited`,
    dedupId: `out:${text}`,
    payload: encoder.encode(text),
    headers: [["Mio-Test", "kept"]],
  });
}

test("lists letters by route, reason, code, durable and time", async () => {
  const metrics = createMetrics({ processMetrics: false });
  await using fixture = await openTestBus({ metrics });
  const { bus } = fixture;
  const consumer = senderPoolOf("acct");
  await using _sender = runWorker(consume({ bus, consumer, maxInFlight: 5, handler: dead }));
  await using _vault = runWorker(
    consume({
      bus,
      consumer: consumers.mediaVault,
      maxInFlight: 5,
      handler: async () => ({ kind: "dead", error: new MioError("envelope.undecodable", "no envelope") }),
    }),
  );
  await publishCommand(bus, "a", "one");
  await publishCommand(bus, "b", "two");
  await publishText(bus, "c", "three");
  await letters(bus, 3);
  const [first] = await list(bus, { direction: "outbound", conversationId: "a" });
  expect(first).toMatchObject({
    direction: "outbound",
    channelType: "slack",
    accountId: "acct",
    conversationId: "a",
    subject: "mio.outbound.slack.acct.a.edited",
    reason: "no_account",
    code: "delivery.refused",
    durable: "sender-pool-acct",
    stream: streams.outbound.name,
    deliveries: 1,
  });
  const count = async (filter: DeadLetterFilter) => (await list(bus, filter)).length;
  expect(await count({ direction: "outbound" })).toBe(2);
  expect(await count({ reason: "undecodable" })).toBe(1);
  expect(await count({ code: "delivery.refused" })).toBe(2);
  expect(await count({ durable: "media-vault" })).toBe(1);
  expect(await count({ channelType: "slack", accountId: "other" })).toBe(0);
  expect(await count({ since: new Date(Date.now() + 60_000) })).toBe(0);
  expect(await count({ until: new Date(Date.now() + 60_000) })).toBe(3);
  expect(await metrics.text()).toContain(
    'mio_dead_letters_total{direction="outbound",channel_type="slack",reason="no_account"} 2',
  );
});

test("redrives a letter unchanged, with a new token each time, and removes it", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  const seen: { text: string; redrive: string | undefined; kept: string | undefined }[] = [];
  const handler: Handler = async ({ payload, headers }, context) => {
    const get = (name: string) => headers.get(name);
    seen.push({ text: decoder.decode(payload), redrive: get(headerNames.redrive), kept: get("Mio-Test") });
    return dead({ payload, headers } as never, context);
  };
  await using _sender = runWorker(consume({ bus, consumer: senderPoolOf("acct"), maxInFlight: 5, handler }));
  await publishCommand(bus, "a", "one");
  const [summary] = await letters(bus, 1);
  const letter = await readDeadLetter(bus, summary?.id ?? 0);
  if (letter === undefined) throw new Error("it is there");
  await redriveDeadLetter(bus, letter);
  await letters(bus, 2);
  await redriveDeadLetter(bus, letter);
  const all = await letters(bus, 3);
  expect(seen.map(({ text, kept }) => [text, kept])).toEqual(
    Array.from({ length: 3 }, () => ["one", "kept"]),
  );
  expect(new Set(seen.map(({ redrive }) => redrive)).size).toBe(3);
  expect(all.every(({ subject }) => subject === "mio.outbound.slack.acct.a.edited")).toBe(true);
  expect(await removeDeadLetter(bus, letter.id)).toBe(true);
  expect(await removeDeadLetter(bus, letter.id)).toBe(false);
  expect(await readDeadLetter(bus, letter.id)).toBeUndefined();
  await letters(bus, 2);
});

test("redrives a message of several durables for the one that rejected it", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  const counts = { vault: 0, archiver: 0 };
  await using _vault = runWorker(
    consume({
      bus,
      consumer: consumers.mediaVault,
      maxInFlight: 5,
      handler: async (delivery, context) => {
        counts.vault += 1;
        return counts.vault === 1 ? dead(delivery, context) : { kind: "done" };
      },
    }),
  );
  await using _archiver = runWorker(
    consume({
      bus,
      consumer: consumers.archiver,
      maxInFlight: 5,
      handler: async () => {
        counts.archiver += 1;
        return { kind: "done" };
      },
    }),
  );
  await publishText(bus, "conv", "hello");
  const [summary] = await letters(bus, 1);
  const letter = await readDeadLetter(bus, summary?.id ?? 0);
  if (letter === undefined) throw new Error("it is there");
  await redriveDeadLetter(bus, letter);
  await eventually(() => counts.vault === 2);
  await eventually(async () => {
    const { num_pending, num_ack_pending } = await bus.jsm.consumers.info(
      streams.inbound.name,
      "gcs-archiver",
    );
    expect(num_pending + num_ack_pending).toBe(0);
  });
  expect(counts).toEqual({ vault: 2, archiver: 1 });
});

const { pinned: _pinned, ...sender } = consumers.senderPool;

test("a letter of a redriven message has no redrive headers, and is redriven for the durable that rejected it", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  const calls = { vault: 0, archiver: 0 };
  const run = (name: keyof typeof calls, consumer: ConsumerDeclaration, handler: Handler) =>
    runWorker(
      consume({
        bus,
        consumer,
        maxInFlight: 5,
        handler: (delivery, context) => {
          calls[name] += 1;
          return handler(delivery, context);
        },
      }),
    );
  await using _vault = run("vault", consumers.mediaVault, dead);
  await using _archiver = run("archiver", consumers.archiver, async () => ({ kind: "done" }));
  await publishText(bus, "conv", "hello");
  const [first] = await letters(bus, 1);
  await redriveDeadLetter(bus, await read(bus, first));
  const [, second] = await letters(bus, 2);
  const letter = await read(bus, second);
  expect(letter.headers.map(([name]) => name)).not.toContain(headerNames.redrive);
  expect(letter.headers.map(([name]) => name)).not.toContain(headerNames.redriveDurable);
  expect(letter.durable).toBe(consumers.mediaVault.durable);
  await redriveDeadLetter(bus, letter);
  await letters(bus, 3);
  expect(calls).toEqual({ vault: 3, archiver: 1 });
});

async function read(bus: Bus, summary: LetterSummary | undefined): Promise<StoredLetter> {
  const letter = await readDeadLetter(bus, summary?.id ?? 0);
  if (letter === undefined) throw new Error("it is there");
  return letter;
}

// Client libraries set some of these on each publish; the server obeys them on any stream that they reach.
const orders = [
  ["Nats-Expected-Stream", "MESSAGES_OUTBOUND"],
  ["Nats-Expected-Last-Sequence", "0"],
  ["Nats-Expected-Last-Subject-Sequence", "0"],
  ["Nats-Expected-Last-Msg-Id", ""],
  ["Nats-TTL", "1s"],
  ["Nats-Rollup", "sub"],
  ["Nats-Rollup", "all"],
  ["Nats-Schedule", "@at 2099-01-01T00:00:00Z"],
  ["Nats-Schedule-Target", "mio.dlq.x"],
  ["Nats-Incr", "1"],
  ["Nats-Batch-Id", "batch"],
  ["Nats-Stream-Source", "a b c"],
  ["nats-expected-stream", "lower"],
] as const;

const letterOf = (changes: Partial<DeadLetter>): DeadLetter => ({
  consumer: sender,
  subject: "mio.outbound.slack.acct.conv",
  payload: encoder.encode("text"),
  headers: [],
  streamSequence: 1,
  storedAt: new Date(0),
  deliveries: 1,
  reason: "rejected",
  error: new MioError("delivery.refused", "no"),
  ...changes,
});

test("stores a letter with any headers of its message, and keeps their content", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  const text = fc.string({ unit: "binary", maxLength: 30 });
  const header = fc.oneof(
    fc.constantFrom(...orders),
    fc.tuple(text, text),
    fc.tuple(fc.constant("Mio-Test"), text),
  );
  const long = fc.nat({ max: 65_000 }).map((length) => ["Long", "x".repeat(length)] as const);
  let stored = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof({ weight: 9, arbitrary: header }, long)), async (headers) => {
      stored += 1;
      await publishDeadLetter(bus, letterOf({ headers, streamSequence: stored }));
    }),
    { numRuns: 150 },
  );
  for (const order of orders) {
    stored += 1;
    await publishDeadLetter(
      bus,
      letterOf({ headers: [["Mio-Test", "kept"], order], streamSequence: stored }),
    );
  }
  const all = await letters(bus, stored);
  const last = await read(bus, all.at(-1));
  expect(last.headers).toContainEqual(["Mio-Test", "kept"]);
  expect(last.headers).toContainEqual([headerNames.deadOrder, "nats-expected-stream: lower"]);
});

test.each([
  ["with its headers", 2_000, true, true],
  ["without its message's headers", 4_000, false, true],
  ["without its bytes", 9_000, false, false],
])("a letter is stored %s when no more fits", async (_, size, hasHeaders, hasPayload) => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  const { config } = await bus.jsm.streams.info(streams.deadLetters.name);
  await bus.jsm.streams.update(config.name, { ...config, max_msg_size: 8_000 });
  const headers = [["Mio-Test", "x".repeat(4_500)]] as const;
  await publishDeadLetter(bus, letterOf({ payload: new Uint8Array(size), headers }));
  const [summary] = await letters(bus, 1);
  const letter = await read(bus, summary);
  expect(letter).toMatchObject({ reason: "rejected", code: "delivery.refused", sequence: 1 });
  expect(letter.payload.length).toBe(hasPayload ? size : 0);
  expect(letter.headers.some(([name]) => name === "Mio-Test")).toBe(hasHeaders);
  const omitted = letter.headers.filter(([name]) => name === headerNames.deadOmittedBytes);
  expect(omitted).toEqual(hasPayload ? [] : [[headerNames.deadOmittedBytes, String(size)]]);
  if (!hasPayload) {
    await expect(redriveDeadLetter(bus, letter)).rejects.toMatchObject({ code: "bus.too_large" });
  }
});

test("a message that is rejected again after a crash has one letter; one of a recreated stream has another", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  const { config } = await bus.jsm.streams.info(streams.deadLetters.name);
  // What was stored longer ago than the window is known no more.
  await bus.jsm.streams.update(config.name, { ...config, duplicate_window: nanos(100) });
  await eventually(async () => {
    await publishDeadLetter(bus, letterOf({ streamSequence: 7, deliveries: 1 }));
    expect((await list(bus)).filter(({ sequence }) => sequence === 7).length).toBeGreaterThan(1);
  });
  // The window of the last of them is over once another one that is as old can be stored twice.
  const aside = letterOf({ subject: "mio.outbound.slack.acct.other", streamSequence: 8 });
  await eventually(async () => {
    await publishDeadLetter(bus, aside);
    expect((await list(bus)).filter(({ sequence }) => sequence === 8).length).toBeGreaterThan(1);
  });
  const before = (await list(bus)).length;
  await publishDeadLetter(bus, letterOf({ streamSequence: 7, deliveries: 2 }));
  expect(await list(bus)).toHaveLength(before);
  await publishDeadLetter(bus, letterOf({ streamSequence: 7, deliveries: 2, storedAt: new Date(1) }));
  expect(await list(bus)).toHaveLength(before + 1);
});

test("a rejected command with server instructions in its headers leaves its stream", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  await using _sender = runWorker(consume({ bus, consumer: sender, maxInFlight: 5, handler: dead }));
  await bus.publisher.publish({
    subject: "mio.outbound.slack.acct.conv",
    dedupId: "out:1",
    payload: encoder.encode("text"),
    headers: [["Nats-Expected-Stream", streams.outbound.name]],
  });
  await letters(bus, 1);
  await eventually(async () =>
    expect((await bus.jsm.streams.info(streams.outbound.name)).state.messages).toBe(0),
  );
});

test("does not shorten a letter that cannot be stored for now", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  const { config } = await bus.jsm.streams.info(streams.deadLetters.name);
  await bus.jsm.streams.update(config.name, { ...config, max_bytes: 2_000, discard: "new" });
  await publishDeadLetter(bus, letterOf({}));
  // Its headers alone would fit.
  const second = letterOf({ streamSequence: 2, payload: new Uint8Array(1_500) });
  await expect(publishDeadLetter(bus, second)).rejects.toMatchObject({ code: "bus.stream_full" });
  await bus.jsm.streams.purge(config.name);
  await publishDeadLetter(bus, second);
  const [summary] = await letters(bus, 1);
  expect((await read(bus, summary)).payload).toHaveLength(1_500);
});

test("redrives a command without a durable, because an account may change its durable", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  await publishDeadLetter(bus, letterOf({ consumer: senderPoolOf("acct") }));
  const [summary] = await letters(bus, 1);
  await redriveDeadLetter(bus, await read(bus, summary));
  const stored = await bus.jsm.streams.getMessage(streams.outbound.name, { seq: 1 });
  expect(stored?.header?.has(headerNames.redrive)).toBe(true);
  expect(stored?.header?.has(headerNames.redriveDurable)).toBe(false);
});

test("reading letters from a server that falls silent ends", async () => {
  await using fixture = await openTestBus();
  const { bus, server } = fixture;
  const all = Array.from({ length: 600 }, (_, index) => letterOf({ streamSequence: index + 1 }));
  await Promise.all(all.map((letter) => publishDeadLetter(bus, letter)));
  let seen = 0;
  const reading = (async () => {
    for await (const _letter of listDeadLetters(bus)) {
      seen += 1;
      if (seen === 1) await server.pause();
    }
  })();
  await expect(reading).rejects.toMatchObject({ code: "bus.unavailable", retry: "soon" });
  expect(seen).toBeLessThan(all.length);
  server.resume();
});

import { headerNames } from "@mio/envelope";
import { MioError } from "@mio/failure";
import { createMetrics } from "@mio/service-kit";
import { eventually } from "@mio/testkit";
import { expect, test } from "vitest";
import {
  type Bus,
  consume,
  consumers,
  type DeadLetterFilter,
  type Handler,
  type LetterSummary,
  listDeadLetters,
  readDeadLetter,
  redriveDeadLetter,
  removeDeadLetter,
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

test("letters are listed with what they tell, by place, reason, code, durable and time, and counted", async () => {
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

test("a letter is put back as it was, each time anew, and can be removed", async () => {
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

test("a message that several durables read is put back for the one that gave it up", async () => {
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

import { eventually } from "@mio/testkit";
import { expect, test } from "vitest";
import { recall, toLetGo } from "../src/consume/let-go.ts";
import {
  type ConsumerDeclaration,
  consume,
  consumers,
  type Delivery,
  ensureStreams,
  type Room,
} from "../src/index.ts";
import { openTestBus, publishText, runWorker } from "./bus-fixture.ts";

const decoder = new TextDecoder();
const consumer: ConsumerDeclaration = { ...consumers.mediaVault, durable: "test-consumer" };
const conversationOf = (delivery: Delivery): string | undefined => delivery.subject.split(".")[4];

/** Room for anything, that lets go of all bytes it can, and knows what it holds. */
function tightRoom() {
  const held = { places: 0, bytes: 0 };
  const room: Room = {
    free: () => 1_000 - held.places,
    isTight: () => true,
    take: (bytes) => {
      held.places += 1;
      held.bytes += bytes;
    },
    give: (bytes) => {
      held.places -= 1;
      held.bytes -= bytes;
    },
  };
  return { room, held };
}

test("a waiting delivery leaves its bytes in the stream, and has them when its turn comes", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  const { room, held } = tightRoom();
  const first = Promise.withResolvers<void>();
  const seen: (readonly [text: string, dedupId: string | undefined])[] = [];
  const behindFirst: number[] = [];
  const texts = Array.from({ length: 40 }, (_, index) => `text ${index}`);
  await using _worker = runWorker(
    consume({
      bus,
      consumer,
      room,
      maxInFlight: 1_000,
      orderBy: conversationOf,
      handler: async ({ payload, headers }, { queuedBehind }) => {
        const text = decoder.decode(payload);
        if (text === texts[0]) {
          await first.promise;
          behindFirst.push(...queuedBehind().map((delivery) => delivery.payload.length));
        }
        seen.push([text, headers.get("Nats-Msg-Id")]);
        return { kind: "done" };
      },
    }),
  );
  for (const text of texts) await publishText(bus, "one", text);
  await eventually(() => expect(held.places).toBe(40));
  expect(held.bytes).toBe(texts[0]?.length);
  // The fifth is taken away meanwhile.
  await bus.jsm.streams.deleteMessage(consumer.stream.name, 5);
  first.resolve();
  await eventually(() => expect(held).toEqual({ places: 0, bytes: 0 }));
  expect(seen.map(([text]) => text)).toEqual(texts.filter((_, index) => index !== 4));
  expect(seen.every(([, dedupId]) => dedupId !== undefined)).toBe(true);
  expect(behindFirst).toEqual(Array.from({ length: 39 }, () => 0));
  await eventually(async () => {
    const info = await bus.jsm.consumers.info(consumer.stream.name, consumer.durable);
    expect([info.num_ack_pending, info.num_redelivered]).toEqual([0, 0]);
  });
});

/** A delivery of the first message, stored at this time. */
function letGoOf(timestamp: Date) {
  const subject = "mio.inbound.zoho_cliq.acct.one";
  const headers = { get: () => undefined, entries: () => [] };
  const at = { subject, headers, payload: new Uint8Array(), streamSequence: 1, deliveryCount: 1 };
  return toLetGo({ ...at, timestamp, pinEpoch: undefined }, "reply");
}

test("does not read dropped bytes from a stream that replaced theirs", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  await publishText(bus, "one", "text");
  const stored = await bus.jsm.streams.getMessage(consumer.stream.name, { seq: 1 });
  const storedAt = stored?.time ?? expect.fail("it is stored");
  const options = { bus, consumer, room: undefined, signal: new AbortController().signal };
  const own = letGoOf(storedAt);
  expect(await recall(own, options)).toBeUndefined();
  expect(decoder.decode(own.delivery.payload)).toBe("text");
  const former = letGoOf(new Date(storedAt.getTime() - 60_000));
  expect(await recall(former, options)).toEqual({ kind: "ack" });
  expect(former.delivery.payload).toHaveLength(0);
});

test("reads dropped bytes again until the stream answers", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  await bus.jsm.streams.delete(consumer.stream.name);
  const stopping = new AbortController();
  const options = { bus, consumer, room: undefined, signal: stopping.signal };
  const recalled = recall(letGoOf(new Date()), options);
  const first = await Promise.race([recalled, bus.ping().then(() => "still asking")]);
  expect(first).toBe("still asking");
  await ensureStreams(bus, { replicas: 1, storage: "memory", only: ["inbound"] });
  expect(await recalled).toEqual({ kind: "ack" });
  stopping.abort();
  expect(await recall(letGoOf(new Date()), options)).toEqual({ kind: "return" });
});

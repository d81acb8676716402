import { eventually } from "@mio/testkit";
import { expect, test } from "vitest";
import {
  type Bus,
  type ConsumerDeclaration,
  consume,
  consumers,
  type Handler,
  streams,
} from "../src/index.ts";
import { openTestBus, runWorker } from "./bus-fixture.ts";

const { pinned: _pinned, ...sender } = consumers.senderPool;
const consumer: ConsumerDeclaration = sender;
const decoder = new TextDecoder();

async function publishTexts(bus: Bus, texts: readonly string[]): Promise<void> {
  for (const text of texts)
    await bus.publisher.publish({
      subject: "mio.outbound.zoho_cliq.acct.conv",
      dedupId: `out:${text}`,
      payload: new TextEncoder().encode(text),
    });
}

async function messagesLeft(bus: Bus): Promise<number> {
  return (await bus.jsm.streams.info(streams.outbound.name)).state.messages;
}

/** A worker whose handler leaves something to do for each message, which the test ends. */
function trailingWorker(bus: Bus) {
  const handled: string[] = [];
  const left = new Map<string, PromiseWithResolvers<void>>();
  const handler: Handler = async ({ payload }) => {
    const text = decoder.decode(payload);
    const rest = Promise.withResolvers<void>();
    handled.push(text);
    left.set(text, rest);
    return { kind: "done", after: rest.promise };
  };
  const worker = consume({ bus, consumer, maxInFlight: 10, handler, orderBy: ({ subject }) => subject });
  return { handled, left, worker };
}

test("the next message of the key goes on at once, and each is acknowledged when its rest is done", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  const { handled, left, worker } = trailingWorker(bus);
  await using _worker = runWorker(worker);
  await publishTexts(bus, ["one", "two", "three"]);
  await eventually(() => expect(handled).toEqual(["one", "two", "three"]));
  expect(await messagesLeft(bus)).toBe(3);
  left.get("two")?.resolve();
  await eventually(async () => expect(await messagesLeft(bus)).toBe(2));
  for (const rest of left.values()) rest.resolve();
  await eventually(async () => expect(await messagesLeft(bus)).toBe(0));
  expect(handled).toEqual(["one", "two", "three"]);
});

test("a message whose rest fails is handled again", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  const { handled, left, worker } = trailingWorker(bus);
  await using _worker = runWorker(worker);
  await publishTexts(bus, ["one"]);
  await eventually(() => expect(handled).toEqual(["one"]));
  left.get("one")?.reject(new Error("not done"));
  await eventually(() => expect(handled).toEqual(["one", "one"]));
  left.get("one")?.resolve();
  await eventually(async () => expect(await messagesLeft(bus)).toBe(0));
});

test("a stop waits for the rest of each message, and returns those whose rest fails", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  const { handled, left, worker } = trailingWorker(bus);
  const stopping = new AbortController();
  const running = worker.run(stopping.signal);
  await publishTexts(bus, ["one", "two"]);
  await eventually(() => expect(handled).toEqual(["one", "two"]));
  stopping.abort();
  left.get("two")?.reject(new Error("not done"));
  left.get("one")?.resolve();
  await running;
  expect(await messagesLeft(bus)).toBe(1);
  const next = trailingWorker(bus);
  await using _next = runWorker(next.worker);
  await eventually(() => expect(next.handled).toEqual(["two"]));
  next.left.get("two")?.resolve();
  await eventually(async () => expect(await messagesLeft(bus)).toBe(0));
});

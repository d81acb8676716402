import { eventually, silencingProxy } from "@mio/testkit";
import { expect, test } from "vitest";
import {
  type Bus,
  type ConsumerDeclaration,
  consume,
  consumers,
  type Handler,
  openBus,
  type RequestMux,
  streams,
} from "../src/index.ts";
import { openTestBus, runWorker } from "./bus-fixture.ts";

const { pinned: _pinned, ...sender } = consumers.senderPool;
const consumer: ConsumerDeclaration = { ...sender, ackWaitMs: 1_000 };

function publishCommands(bus: Bus, ids: readonly string[]) {
  const publish = (id: string, index: number) =>
    bus.publisher.publish({
      subject: `mio.outbound.zoho_cliq.acct.c${index % 5}`,
      dedupId: `out:${id}`,
      payload: new TextEncoder().encode(id),
    });
  return Promise.all(ids.map(publish));
}

function ids(count: number, round = 0): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${round}-${index}`);
}

async function messagesLeft(bus: Bus): Promise<number> {
  return (await bus.jsm.streams.info(streams.outbound.name)).state.messages;
}

/** A worker that notes which message it handled. */
function noting(bus: Bus, onHandled: () => void = () => {}) {
  const handled: number[] = [];
  const handler: Handler = async ({ streamSequence }) => {
    handled.push(streamSequence);
    onHandled();
    return { kind: "done" };
  };
  return { handled, worker: consume({ bus, consumer, maxInFlight: 100, acks: "sent", handler }) };
}

test("acknowledges without an answer of the server", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  const asked: string[] = [];
  const request: RequestMux["request"] = (one) => {
    asked.push(one.subject);
    return bus.requests.request(one);
  };
  const { handled, worker } = noting({ ...bus, requests: { ...bus.requests, request } });
  await publishCommands(bus, ids(50));
  await using _worker = runWorker(worker);
  await eventually(async () => expect(await messagesLeft(bus)).toBe(0));
  expect(handled).toHaveLength(50);
  expect(asked.filter((subject) => subject.startsWith("$JS.ACK."))).toEqual([]);
});

test("repeats an acknowledgement that was lost with the connection, and handles nothing twice", async () => {
  await using fixture = await openTestBus();
  await using proxy = await silencingProxy(fixture.server.url);
  await using bus = await openBus({ servers: proxy.through(fixture.server.url), name: "mio-test" });
  const { handled, worker } = noting(bus);
  await using _worker = runWorker(worker);
  const lost = proxy.silenceAt("+ACK");
  await publishCommands(fixture.bus, ids(20));
  await lost;
  await eventually(async () => expect(await messagesLeft(fixture.bus)).toBe(0), { timeoutMs: 30_000 });
  expect(handled).toHaveLength(20);
  expect(new Set(handled).size).toBe(20);
}, 60_000);

test("a clean stop leaves nothing to deliver again", async () => {
  await using fixture = await openTestBus();
  for (let round = 0; round < 5; round += 1) {
    await using bus = await openBus({ servers: fixture.server.url, name: "mio-test" });
    const stopping = new AbortController();
    const { handled, worker } = noting(bus, () => {
      if (handled.length === 30) stopping.abort();
    });
    await publishCommands(fixture.bus, ids(30, round));
    await worker.run(stopping.signal);
    await bus[Symbol.asyncDispose]();
    await eventually(async () => expect(await messagesLeft(fixture.bus)).toBe(0), { timeoutMs: 500 });
  }
  const info = await fixture.bus.jsm.consumers.info(streams.outbound.name, consumer.durable);
  expect([info.num_ack_pending, info.num_redelivered]).toEqual([0, 0]);
});

import { rm } from "node:fs/promises";
import { headerNames } from "@mio/envelope";
import { MioError } from "@mio/failure";
import { createLogger } from "@mio/service-kit";
import { captureLogs, eventually } from "@mio/testkit";
import { expect, test } from "vitest";
import {
  type Bus,
  type ConsumerDeclaration,
  consume,
  consumers,
  ensureConsumer,
  ensureStreams,
  type Handler,
  type Outcome,
  streams,
  watchExhausted,
} from "../src/index.ts";
import { openTestBus, publishText, runWorker } from "./bus-fixture.ts";

const silent = createLogger({ service: "test", level: "fatal" });
const done: Outcome = { kind: "done" };
const decoder = new TextDecoder();
const payload = new TextEncoder().encode("\u0000 any bytes \u00ff");

const { pinned: _pinned, ...sender } = consumers.senderPool;
const subject = "mio.outbound.zoho_cliq.acct.conv.0198";
const headers = [
  ["Mio-Test", "kept"],
  ["traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
] as const;

function publishCommand(bus: Bus, id: string) {
  return bus.publisher.publish({ subject, dedupId: `out:${id}`, payload, headers });
}

async function deadLetters(bus: Bus) {
  const { state } = await bus.jsm.streams.info(streams.deadLetters.name);
  const all = [];
  for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
    const stored = await bus.jsm.streams.getMessage(streams.deadLetters.name, { seq });
    if (stored !== null) all.push(stored);
  }
  return all;
}

async function messagesLeft(bus: Bus): Promise<number> {
  return (await bus.jsm.streams.info(streams.outbound.name)).state.messages;
}

function runSender(bus: Bus, handler: Handler, changes: Partial<ConsumerDeclaration> = {}): AsyncDisposable {
  return runWorker(consume({ bus, consumer: { ...sender, ...changes }, maxInFlight: 10, handler }));
}

test("a dead letter has the bytes and headers of the original and the reason, and the original is removed", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  const error = new MioError("bus.too_large", "no use");
  await using _worker = runSender(bus, async () => ({ kind: "dead", error }));
  await publishCommand(bus, "a");
  await eventually(async () => expect(await messagesLeft(bus)).toBe(0));
  const [letter, ...others] = await deadLetters(bus);
  expect(others).toEqual([]);
  expect(letter?.subject).toBe("mio.dlq.outbound.zoho_cliq.acct.conv");
  expect(letter?.data).toEqual(payload);
  const header = (name: string) => letter?.header?.get(name);
  for (const [name, value] of headers.slice(0, 1)) expect(header(name)).toBe(value);
  expect(header(headerNames.deadDedupId)).toBe("out:a");
  expect(header(headerNames.deadReason)).toBe("rejected");
  expect(header(headerNames.deadCode)).toBe("bus.too_large");
  expect(header(headerNames.deadStream)).toBe(streams.outbound.name);
  expect(header(headerNames.deadSequence)).toBe("1");
  expect(header(headerNames.deadDeliveries)).toBe("1");
  expect(Date.parse(header(headerNames.deadTime) ?? "")).not.toBeNaN();
  expect(header(headerNames.deadDurable)).toBe(sender.durable);
  expect(header(headerNames.deadSubject)).toBe(subject);
});

test("an agent's own consumer that may deliver only so often loses nothing", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  await bus.jsm.consumers.add(streams.inbound.name, {
    durable_name: "foreign",
    ack_policy: "explicit",
    ack_wait: 300_000_000,
    max_deliver: 1,
  });
  const logs = captureLogs();
  const logger = createLogger({ service: "test", level: "error", destination: logs.destination });
  await using _watch = runWorker(watchExhausted({ bus, logger }));
  await publishText(bus, "conv", "poison");
  const foreign = await bus.js.consumers.get(streams.inbound.name, "foreign");
  expect((await foreign.next({ expires: 5_000 }))?.seq).toBe(1);
  await eventually(() => expect(logs.matching({ event: "message.dead_lettered" })).toHaveLength(1), {
    timeoutMs: 20_000,
  });
  const [letter] = await deadLetters(bus);
  expect(letter?.subject).toBe("mio.dlq.inbound.zoho_cliq.acct.conv");
  expect(letter?.header?.get(headerNames.deadDurable)).toBe("foreign");
  // Others read it too.
  expect((await bus.jsm.streams.info(streams.inbound.name)).state.messages).toBe(1);
});

test.each([
  { retry: "never", code: "envelope.undecodable", reason: "undecodable", attempts: 1 },
  { retry: "never", code: "bus.too_large", reason: "rejected", attempts: 1 },
  { retry: { afterMs: 5 }, code: "bus.unavailable", reason: "exhausted", attempts: 3 },
] as const)("an error thrown with retry $retry and code $code ends as $reason", async (row) => {
  const { retry, code, reason, attempts } = row;
  await using fixture = await openTestBus();
  const { bus } = fixture;
  let calls = 0;
  const handler: Handler = async () => {
    calls += 1;
    throw new MioError(code, "thrown", { retry });
  };
  await using _worker = runSender(bus, handler, { maxAttempts: 3 });
  await publishCommand(bus, "a");
  await eventually(async () => expect(await deadLetters(bus)).toHaveLength(1));
  const [letter] = await deadLetters(bus);
  expect(letter?.header?.get(headerNames.deadReason)).toBe(reason);
  expect(calls).toBe(attempts);
});

test("rejects a message after its attempts without calling the handler again", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  const poison = { ...sender, maxAttempts: 2, ackWaitMs: 100 };
  await ensureConsumer(bus, poison);
  await publishCommand(bus, "poison");
  // Two deliveries to a process that takes the message and crashes.
  const victim = await bus.js.consumers.get(poison.stream.name, poison.durable);
  for (let delivery = 1; delivery <= 2; delivery++) {
    const taken = await victim.next({ expires: 5_000 });
    expect(taken?.info.deliveryCount).toBe(delivery);
  }
  let calls = 0;
  const handler: Handler = async () => {
    calls += 1;
    return done;
  };
  await using _worker = runSender(bus, handler, poison);
  await eventually(async () => expect(await deadLetters(bus)).toHaveLength(1));
  expect((await deadLetters(bus))[0]?.header?.get(headerNames.deadCode)).toBe("bus.deliveries_exhausted");
  expect(calls).toBe(0);
  await eventually(async () => expect(await messagesLeft(bus)).toBe(0));
});

test("onExhausted is called before a message becomes a dead letter, and again until it succeeds", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  const poison = { ...sender, maxAttempts: 1, ackWaitMs: 1_000 };
  await ensureConsumer(bus, poison);
  await publishCommand(bus, "poison");
  const victim = await bus.js.consumers.get(poison.stream.name, poison.durable);
  expect((await victim.next({ expires: 5_000 }))?.info.deliveryCount).toBe(1);
  const lettersWhenTold: number[] = [];
  const onExhausted = async (): Promise<void> => {
    lettersWhenTold.push((await bus.jsm.streams.info(streams.deadLetters.name)).state.messages);
    if (lettersWhenTold.length === 1) throw new MioError("bus.unavailable", "not now", { retry: "soon" });
  };
  const handler: Handler = async () => done;
  const options = { bus, consumer: poison, maxInFlight: 10, handler, onExhausted };
  await using _worker = runWorker(consume(options));
  await eventually(async () => expect(await deadLetters(bus)).toHaveLength(1));
  expect(lettersWhenTold).toEqual([0, 0]);
});

test("a message the server itself stops delivering is fetched, copied and removed", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  const limited = { ...sender, durable: "limited-elsewhere", ackWaitMs: 300 };
  const release = Promise.withResolvers<void>();
  let calls = 0;
  const handler: Handler = async () => {
    calls += 1;
    await release.promise;
    return done;
  };
  await using _worker = runWorker(consume({ bus, consumer: limited, maxInFlight: 1, handler }));
  const moved: string[] = [];
  // It fails the first time, and is called again while the message is there.
  const onMoved = async (_stored: unknown, { code }: MioError) => {
    moved.push(code);
    if (moved.length === 1) throw new MioError("bus.unavailable", "not now", { retry: "soon" });
  };
  await using _watch = runWorker(watchExhausted({ bus, logger: silent, onMoved }));
  await eventually(() => bus.jsm.consumers.info(limited.stream.name, limited.durable));
  // The consumer gets a limit. The worker is busy, so another process takes the message and crashes.
  await bus.jsm.consumers.update(limited.stream.name, limited.durable, { max_deliver: 1 });
  await publishCommand(bus, "busy");
  await eventually(() => expect(calls).toBe(1));
  await publishCommand(bus, "lost");
  const victim = await bus.js.consumers.get(limited.stream.name, limited.durable);
  expect((await victim.next({ expires: 5_000 }))?.seq).toBe(2);
  await eventually(async () => expect(await deadLetters(bus)).toHaveLength(1));
  const [letter] = await deadLetters(bus);
  expect(letter?.data).toEqual(payload);
  expect(letter?.header?.get(headerNames.deadReason)).toBe("exhausted");
  expect(letter?.header?.get(headerNames.deadSequence)).toBe("2");
  expect(letter?.header?.get("Mio-Test")).toBe("kept");
  expect(moved).toEqual(["bus.deliveries_exhausted", "bus.deliveries_exhausted"]);
  await eventually(async () => expect(await messagesLeft(bus)).toBe(1));
  release.resolve();
  await eventually(async () => expect(await messagesLeft(bus)).toBe(0));
});

test("a message stays where it is while its dead letter cannot be stored", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  await bus.jsm.streams.delete(streams.deadLetters.name);
  const error = new MioError("bus.too_large", "no use");
  let calls = 0;
  await using _worker = runSender(bus, async () => {
    calls += 1;
    return { kind: "dead", error };
  });
  await publishCommand(bus, "a");
  await eventually(() => expect(calls).toBe(1));
  expect(await messagesLeft(bus)).toBe(1);
  await ensureStreams(bus, { replicas: 1, storage: "memory", only: ["deadLetters"] });
  await eventually(async () => expect(await messagesLeft(bus)).toBe(0));
  expect(await deadLetters(bus)).toHaveLength(1);
  expect(calls).toBe(1);
});

test("survives a killed NATS while publishing and consuming: nothing lost, no restart of the worker", async () => {
  await using fixture = await openTestBus({ durable: true });
  const { bus, server } = fixture;
  const seen = new Map<string, number>();
  await using _worker = runWorker(
    consume({
      bus,
      consumer: { ...consumers.mediaVault, ackWaitMs: 2_000 },
      maxInFlight: 50,
      orderBy: (delivery) => delivery.subject,
      handler: async (delivery) => {
        const text = decoder.decode(delivery.payload);
        seen.set(text, (seen.get(text) ?? 0) + 1);
        return done;
      },
    }),
  );
  const confirmed: string[] = [];
  let stop = false;
  const publishing = (async () => {
    for (let index = 0; !stop; index++) {
      const text = `text-${index}`;
      // As the relay does: again with the same dedup id until it is confirmed.
      while (
        !(await publishText(bus, `c${index % 5}`, text).then(
          () => true,
          () => false,
        ))
      ) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      confirmed.push(text);
    }
  })();
  for (let round = 0; round < 2; round++) {
    await eventually(() => expect(seen.size).toBeGreaterThan(200 * (round + 1)));
    const before = confirmed.length;
    await server.kill();
    await server.restart();
    await eventually(() => expect(confirmed.length).toBeGreaterThan(before + 50), { timeoutMs: 20_000 });
  }
  stop = true;
  await publishing;
  await eventually(() => expect(seen.size).toBe(confirmed.length), { timeoutMs: 20_000 });
  const { state } = await bus.jsm.streams.info(streams.inbound.name);
  expect(state.messages).toBe(confirmed.length);
});

test("a server that forgot its deliveries in a crash neither stops the worker nor has them handled twice", async () => {
  await using fixture = await openTestBus({ durable: true });
  const { bus, server } = fixture;
  const release = Promise.withResolvers<void>();
  const seen: number[] = [];
  const worker = consume({
    bus,
    consumer: consumers.mediaVault,
    maxInFlight: 2,
    handler: async (delivery) => {
      seen.push(delivery.streamSequence);
      if (delivery.streamSequence <= 2) await release.promise;
      return done;
    },
  });
  await using _worker = runWorker(worker);
  for (const text of ["one", "two", "three"]) await publishText(bus, "conv", text);
  await eventually(() => expect(seen).toEqual([1, 2]));
  await server.kill();
  const { name } = streams.inbound;
  const state = `${server.dir}/store/jetstream/$G/streams/${name}/obs/media-vault/o.dat`;
  await rm(state, { force: true });
  await server.restart();
  await eventually(() => bus.isConnected());
  release.resolve();
  await eventually(
    async () => {
      expect((await bus.jsm.consumers.info(name, "media-vault")).ack_floor.stream_seq).toBe(3);
    },
    { timeoutMs: 20_000 },
  );
  expect(seen).toEqual([1, 2, 3]);
});

test("an acknowledgement survives an outage of any length", async () => {
  await using fixture = await openTestBus({ durable: true });
  const { bus, server } = fixture;
  const { mediaVault: consumer } = consumers;
  let asked = 0;
  const requests: Bus["requests"] = {
    ...bus.requests,
    request: (question) => {
      asked += 1;
      return bus.requests.request(question);
    },
  };
  const release = Promise.withResolvers<void>();
  let calls = 0;
  const handler: Handler = async () => {
    calls += 1;
    await release.promise;
    return done;
  };
  await using _worker = runWorker(consume({ bus: { ...bus, requests }, consumer, maxInFlight: 5, handler }));
  await publishText(bus, "conv", "text");
  await eventually(() => expect(calls).toBe(1));
  await server.kill();
  await eventually(() => expect(bus.isConnected()).toBe(false));
  release.resolve();
  await eventually(() => expect(asked).toBeGreaterThan(3));
  await server.restart();
  await eventually(async () => {
    const info = await bus.jsm.consumers.info(consumer.stream.name, consumer.durable);
    expect(info.ack_floor.stream_seq).toBe(1);
  });
  expect(calls).toBe(1);
});

test("stores and ends a rejected message once NATS is back", async () => {
  await using fixture = await openTestBus({ durable: true });
  const { bus, server } = fixture;
  const release = Promise.withResolvers<void>();
  let calls = 0;
  await using _worker = runSender(bus, async () => {
    calls += 1;
    await release.promise;
    return { kind: "dead", error: new MioError("bus.too_large", "no use") };
  });
  await publishCommand(bus, "a");
  await eventually(() => expect(calls).toBe(1));
  await server.kill();
  await eventually(() => expect(bus.isConnected()).toBe(false));
  release.resolve();
  await server.restart();
  await eventually(async () => expect(await messagesLeft(bus)).toBe(0));
  expect(await deadLetters(bus)).toHaveLength(1);
  expect(calls).toBe(1);
});

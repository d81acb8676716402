import { setImmediate } from "node:timers/promises";
import { MioError } from "@mio/failure";
import { createLogger } from "@mio/service-kit";
import { captureLogs, eventually } from "@mio/testkit";
import { expect, test } from "vitest";
import {
  type Bus,
  type ConsumerDeclaration,
  consume,
  consumers,
  type Delivery,
  ensureConsumer,
  type Handler,
  type Outcome,
} from "../src/index.ts";
import { openTestBus, publishText, runWorker, startTalk } from "./bus-fixture.ts";

const done: Outcome = { kind: "done" };
const decoder = new TextDecoder();
const textOf = (delivery: Delivery): string => decoder.decode(delivery.payload);
const conversationOf = (delivery: Delivery): string | undefined => delivery.subject.split(".")[4];
const soon = new MioError("bus.unavailable", "not now", { retry: "soon" });

const { pinned: _pinned, ...unpinned } = consumers.mediaVault;
const consumer: ConsumerDeclaration = { ...unpinned, durable: "test-consumer" };

async function ackFloor(bus: Bus, declaration = consumer): Promise<number> {
  const info = await bus.jsm.consumers.info(declaration.stream.name, declaration.durable);
  return info.ack_floor.stream_seq;
}

test("keeps the order within a key while other keys go on", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  const seen = new Map<string, string[]>();
  const slow = Promise.withResolvers<void>();
  await using _worker = runWorker(
    consume({
      bus,
      consumer,
      maxInFlight: 200,
      orderBy: conversationOf,
      handler: async (delivery) => {
        const key = conversationOf(delivery) ?? "";
        if (textOf(delivery) === "slow-0") await slow.promise;
        seen.set(key, [...(seen.get(key) ?? []), textOf(delivery)]);
        return done;
      },
    }),
  );
  for (let index = 0; index < 20; index++) {
    for (const key of ["slow", "a", "b", "c"]) await publishText(bus, key, `${key}-${index}`);
  }
  await eventually(() => expect([seen.get("a"), seen.get("b"), seen.get("c")].flat()).toHaveLength(60));
  expect(seen.get("slow")).toBeUndefined();
  slow.resolve();
  await eventually(() => expect(seen.get("slow")).toHaveLength(20));
  for (const [key, texts] of seen) {
    expect(texts).toEqual(Array.from({ length: 20 }, (_, index) => `${key}-${index}`));
  }
  await eventually(async () => expect(await ackFloor(bus)).toBe(80));
});

test("a retried message with a key delays its successors, and only those", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  const seen: string[] = [];
  let failures = 2;
  // All are there when the worker begins, so that one answer brings them.
  await publishText(bus, "conv", "first");
  await publishText(bus, "conv", "second");
  await publishText(bus, "other", "aside");
  await using _worker = runWorker(
    consume({
      bus,
      consumer,
      maxInFlight: 10,
      orderBy: conversationOf,
      handler: async (delivery, { attempt }) => {
        seen.push(`${textOf(delivery)}#${attempt}`);
        if (textOf(delivery) === "first" && failures-- > 0)
          return { kind: "retry", afterMs: 30, error: soon };
        return done;
      },
    }),
  );
  await eventually(() => expect(seen).toContain("second#1"));
  expect(seen.filter((text) => !text.startsWith("aside"))).toEqual([
    "first#1",
    "first#2",
    "first#3",
    "second#1",
  ]);
  expect(seen.indexOf("aside#1")).toBeLessThan(seen.indexOf("first#3"));
  // Waiting here spends no delivery.
  const info = await bus.jsm.consumers.info(consumer.stream.name, consumer.durable);
  expect(info.num_redelivered).toBe(0);
});

test("a message without a key goes back to the server and comes again", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  const counts: number[] = [];
  await using _worker = runWorker(
    consume({
      bus,
      consumer,
      maxInFlight: 10,
      handler: async (delivery) => {
        counts.push(delivery.deliveryCount);
        return delivery.deliveryCount < 3 ? { kind: "retry", afterMs: 20, error: soon } : done;
      },
    }),
  );
  await publishText(bus, "conv", "text");
  await eventually(() => expect(counts).toEqual([1, 2, 3]));
});

test("a message whose return the server did not confirm is handled when it comes again", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  const silent = new MioError("bus.publish_timeout", "no answer", { retry: "soon" });
  const request: Bus["requests"]["request"] = (question) =>
    decoder.decode(question.payload).startsWith("-NAK")
      ? Promise.reject(silent)
      : bus.requests.request(question);
  const counts: number[] = [];
  await using _worker = runWorker(
    consume({
      bus: { ...bus, requests: { ...bus.requests, request } },
      consumer: { ...consumer, ackWaitMs: 1_000 },
      maxInFlight: 10,
      handler: async ({ deliveryCount }) => {
        counts.push(deliveryCount);
        return deliveryCount === 1 ? { kind: "retry", afterMs: 20, error: soon } : done;
      },
    }),
  );
  await publishText(bus, "conv", "text");
  await eventually(() => expect(counts).toEqual([1, 2]));
});

test("a consumer gets some slots although others hold all", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  const room = { free: () => 0, isTight: () => false, take: () => {}, give: () => {} };
  const texts: string[] = [];
  const handler: Handler = async (delivery) => {
    texts.push(textOf(delivery));
    return done;
  };
  await using _worker = runWorker(consume({ bus, consumer, maxInFlight: 10, room, handler }));
  await publishText(bus, "conv", "text");
  await eventually(() => expect(texts).toEqual(["text"]));
});

test("never holds more than it may", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  let running = 0;
  let peak = 0;
  let handled = 0;
  for (let index = 0; index < 60; index++) await publishText(bus, `c${index}`, `text-${index}`);
  await using _worker = runWorker(
    consume({
      bus,
      consumer,
      maxInFlight: 7,
      orderBy: conversationOf,
      handler: async () => {
        running += 1;
        peak = Math.max(peak, running);
        await new Promise((resolve) => setTimeout(resolve, 5));
        running -= 1;
        handled += 1;
        return done;
      },
    }),
  );
  await eventually(async () => {
    expect(handled).toBe(60);
    const info = await bus.jsm.consumers.info(consumer.stream.name, consumer.durable);
    expect(info.num_ack_pending).toBe(0);
  });
  expect(peak).toBe(7);
});

/** Its heartbeats come every half second, and may be late by a second on a busy machine. */
const impatient = { ...consumer, ackWaitMs: 1_500 };
const outwait = () => new Promise((resolve) => setTimeout(resolve, 2 * impatient.ackWaitMs));

// The second case proves that the first one measures something.
test.each([
  ["signs of life keep a slow handler's message from being delivered again", undefined, 0],
  ["without them it is delivered again", Number.POSITIVE_INFINITY, 1],
])("%s", async (_, heartbeatMs, redelivered) => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  const finish = Promise.withResolvers<void>();
  let calls = 0;
  await using _worker = runWorker(
    consume({
      bus,
      consumer: impatient,
      maxInFlight: 5,
      ...(heartbeatMs === undefined ? {} : { heartbeatMs }),
      handler: async () => {
        calls += 1;
        await finish.promise;
        return done;
      },
    }),
  );
  await publishText(bus, "conv", "slow");
  await eventually(() => expect(calls).toBe(1));
  await outwait();
  const info = await bus.jsm.consumers.info(consumer.stream.name, consumer.durable);
  expect(info.num_redelivered).toBe(redelivered);
  finish.resolve();
  await eventually(async () => expect(await ackFloor(bus)).toBe(1));
  // Even what the server delivers again is not handled twice while it is held here.
  expect(calls).toBe(1);
});

test("a message that waits in its lane is kept alive too", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  const finish = Promise.withResolvers<void>();
  const seen: string[] = [];
  await using _worker = runWorker(
    consume({
      bus,
      consumer: impatient,
      maxInFlight: 5,
      orderBy: conversationOf,
      handler: async (delivery) => {
        seen.push(`${textOf(delivery)}#${delivery.deliveryCount}`);
        await finish.promise;
        return done;
      },
    }),
  );
  await publishText(bus, "conv", "one");
  await publishText(bus, "conv", "two");
  await outwait();
  finish.resolve();
  await eventually(() => expect(seen).toEqual(["one#1", "two#1"]));
});

test("stopping finishes running handlers and gives back the rest at once", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  const release = Promise.withResolvers<void>();
  const started: string[] = [];
  const stopping = new AbortController();
  const worker = consume({
    bus,
    consumer,
    maxInFlight: 10,
    orderBy: conversationOf,
    handler: async (delivery) => {
      started.push(textOf(delivery));
      await release.promise;
      return done;
    },
  });
  const running = worker.run(stopping.signal);
  for (const text of ["one", "two", "three"]) await publishText(bus, "conv", text);
  await eventually(() => expect(started).toEqual(["one"]));
  await eventually(async () => {
    const info = await bus.jsm.consumers.info(consumer.stream.name, consumer.durable);
    expect(info.num_ack_pending).toBe(3);
  });
  stopping.abort();
  release.resolve();
  await running;
  expect(started).toEqual(["one"]);
  expect(await ackFloor(bus)).toBe(1);
  const again: string[] = [];
  await using _next = runWorker(
    consume({
      bus,
      consumer,
      maxInFlight: 10,
      orderBy: conversationOf,
      handler: async (delivery) => {
        again.push(`${textOf(delivery)}#${delivery.deliveryCount}`);
        return done;
      },
    }),
  );
  // Long before the ack wait of thirty seconds.
  await eventually(() => expect(again).toEqual(["two#2", "three#2"]), { timeoutMs: 20_000 });
});

test.each([
  ["one process at a time reads", { ...consumers.mediaVault, durable: "test-consumer" }],
  ["any process may read", consumer],
])(
  "a worker that stops while messages flow keeps their order for the next, when %s",
  async (_, declaration) => {
    await using fixture = await openTestBus();
    const { bus } = fixture;
    const talk = startTalk(bus, 20);
    const seen = new Map<string, number[]>();
    let count = 0;
    for (let turn = 1; turn <= 20; turn += 1) {
      await using _worker = runWorker(
        consume({
          bus,
          consumer: declaration,
          maxInFlight: 1_000,
          orderBy: conversationOf,
          handler: async (delivery) => {
            await setImmediate();
            const [key = "", place] = textOf(delivery).split("#");
            seen.set(key, [...(seen.get(key) ?? []), Number(place)]);
            count += 1;
            return done;
          },
        }),
      );
      await eventually(() => expect(count).toBeGreaterThanOrEqual(turn * 100));
    }
    await talk.end();
    expect(seen.size).toBe(20);
    for (const places of seen.values()) expect(places).toEqual(places.map((_place, index) => index));
  },
);

test("a handler that hangs is aborted and does not keep the process alive", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  const stopping = new AbortController();
  let wasAborted = false;
  let started = false;
  const worker = consume({
    bus,
    consumer,
    maxInFlight: 1,
    drainGraceMs: 50,
    handler: (_delivery, { signal }) => {
      started = true;
      signal.addEventListener("abort", () => {
        wasAborted = true;
      });
      return new Promise(() => {});
    },
  });
  const running = worker.run(stopping.signal);
  await publishText(bus, "conv", "text");
  await eventually(() => started);
  const before = performance.now();
  stopping.abort();
  await running;
  expect(wasAborted).toBe(true);
  // Half the grace that a worker has by default.
  expect(performance.now() - before).toBeLessThan(5_000);
});

test("resumes near its position after the consumer was deleted", async () => {
  const logs = captureLogs();
  const logger = createLogger({ service: "test", level: "debug", destination: logs.destination });
  await using fixture = await openTestBus();
  const { bus } = fixture;
  const small = { ...consumer, maxAckPending: 5 };
  const seen: string[] = [];
  await using _worker = runWorker(
    consume({
      bus,
      consumer: small,
      logger,
      maxInFlight: 5,
      handler: async (delivery) => {
        seen.push(textOf(delivery));
        return done;
      },
    }),
  );
  for (let index = 0; index < 30; index++) await publishText(bus, "conv", `before-${index}`);
  await eventually(async () => expect(await ackFloor(bus)).toBe(30));
  await bus.jsm.consumers.delete(consumer.stream.name, consumer.durable);
  await publishText(bus, "conv", "after");
  await eventually(() => expect(seen).toContain("after"));
  // What other replicas might have held is seen again; what is long done is not.
  expect(seen.filter((text) => text === "before-0")).toHaveLength(1);
  expect(logs.matching({ event: "consume.reset" })[0]?.["reason"]).toMatch(/consumer deleted/i);
});

test("handles an earlier message of the same key first while a message waits for a retry", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  const patient = { ...consumer, ackWaitMs: 1_000, maxAttempts: 1_000 };
  await ensureConsumer(bus, patient);
  await publishText(bus, "conv", "first");
  // Another process takes it and crashes.
  const victim = await bus.js.consumers.get(patient.stream.name, patient.durable);
  expect((await victim.next({ expires: 5_000 }))?.seq).toBe(1);
  const seen: string[] = [];
  await using _worker = runWorker(
    consume({
      bus,
      consumer: patient,
      maxInFlight: 10,
      orderBy: conversationOf,
      handler: async (delivery) => {
        seen.push(textOf(delivery));
        const isEarly = textOf(delivery) === "second" && !seen.includes("first");
        return isEarly ? { kind: "retry", afterMs: 20, error: soon } : done;
      },
    }),
  );
  await publishText(bus, "conv", "second");
  await eventually(() => expect(seen.slice(-2)).toEqual(["first", "second"]));
});

test("messages that were given back are asked for again, and each is handled within the limits", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  const room = { taken: 0, bytes: 0 };
  const seen = new Set<string>();
  await using _worker = runWorker(
    consume({
      bus,
      consumer,
      maxInFlight: 3,
      room: {
        free: () => 3 - room.taken,
        isTight: () => false,
        take: (bytes) => {
          room.taken += 1;
          room.bytes += bytes;
        },
        give: (bytes) => {
          room.taken -= 1;
          room.bytes -= bytes;
        },
      },
      handler: async (delivery) => {
        seen.add(textOf(delivery));
        return done;
      },
    }),
  );
  for (let index = 0; index < 100; index++) await publishText(bus, `c${index}`, `text-${index}`);
  await eventually(() => expect(seen.size).toBe(100));
  await eventually(() => expect(room).toEqual({ taken: 0, bytes: 0 }));
});

test("gives back a delivery that waits for a retry once when the worker stops", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  const tried = new Set<string>();
  const run = (handler: Handler) =>
    runWorker(consume({ bus, consumer, maxInFlight: 10, orderBy: conversationOf, handler }));
  {
    await using _first = run(async (delivery) => {
      tried.add(textOf(delivery));
      return { kind: "retry", afterMs: 60_000, error: soon };
    });
    for (const key of ["a", "b", "c"]) await publishText(bus, key, key);
    await eventually(() => expect(tried.size).toBe(3));
  }
  const again: string[] = [];
  await using _next = run(async (delivery) => {
    again.push(`${textOf(delivery)}#${delivery.deliveryCount}`);
    return done;
  });
  await eventually(() => expect(again.toSorted()).toEqual(["a#2", "b#2", "c#2"]));
});

test("a message that came back at once is kept alive like any other", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  const release = Promise.withResolvers<void>();
  const counts: number[] = [];
  await using _worker = runWorker(
    consume({
      bus,
      consumer: impatient,
      maxInFlight: 5,
      handler: async ({ deliveryCount }) => {
        counts.push(deliveryCount);
        if (deliveryCount < 10) return { kind: "retry", afterMs: 0, error: soon };
        await release.promise;
        return done;
      },
    }),
  );
  await publishText(bus, "conv", "text");
  await eventually(() => expect(counts).toHaveLength(10));
  await outwait();
  release.resolve();
  await eventually(async () => expect(await ackFloor(bus)).toBe(1));
  expect(counts).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

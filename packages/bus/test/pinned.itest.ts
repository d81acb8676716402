import { eventually } from "@mio/testkit";
import { expect, test } from "vitest";
import {
  type Bus,
  type ConsumerDeclaration,
  consume,
  type Delivery,
  ensureConsumer,
  openBus,
  senderPoolOf,
} from "../src/index.ts";
import { openTestBus, runWorker } from "./bus-fixture.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
/** A member asks three times as often, and may be late by two seconds on a busy machine. */
const ttlMs = 3_000;

interface Member extends AsyncDisposable {
  readonly seen: { readonly text: string; readonly pinEpoch: string | undefined }[];
  readonly release: () => void;
}

/** A process that reads the consumer, and holds its messages until it is released. */
async function join(url: string, consumer: ConsumerDeclaration, held = false): Promise<Member> {
  const bus = await openBus({ servers: url, name: "member" });
  const gate = Promise.withResolvers<void>();
  if (!held) gate.resolve();
  const seen: Member["seen"] = [];
  const handler = async ({ payload, pinEpoch }: Delivery) => {
    seen.push({ text: decoder.decode(payload), pinEpoch });
    await gate.promise;
    return { kind: "done" } as const;
  };
  const worker = runWorker(consume({ bus, consumer, handler, maxInFlight: 100 }));
  return {
    seen,
    release: () => gate.resolve(),
    [Symbol.asyncDispose]: async () => {
      gate.resolve();
      await worker[Symbol.asyncDispose]();
      await bus[Symbol.asyncDispose]();
    },
  };
}

function aConsumer(account: string, changes: Partial<ConsumerDeclaration> = {}): ConsumerDeclaration {
  return { ...senderPoolOf(account), pinned: { group: "sender-pool", ttlMs }, ...changes };
}

async function send(bus: Bus, account: string, texts: readonly string[]): Promise<void> {
  for (const text of texts) {
    const subject = `mio.outbound.zoho_cliq.${account}.conv`;
    await bus.publisher.publish({ subject, dedupId: `${account}:${text}`, payload: encoder.encode(text) });
  }
}

const textsOf = ({ seen }: Member): readonly string[] => seen.map(({ text }) => text);

test("delivers everything to one process until it stops, then to another under a new pinEpoch", async () => {
  await using fixture = await openTestBus();
  const { bus, server } = fixture;
  const consumer = aConsumer("one");
  await ensureConsumer(bus, consumer);
  await using stack = new AsyncDisposableStack();
  const first = stack.use(await join(server.url, consumer));
  await send(bus, "one", ["1"]);
  await eventually(() => first.seen.length === 1);
  await using second = await join(server.url, consumer);
  await send(bus, "one", ["2", "3"]);
  await eventually(() => first.seen.length === 3);
  expect(second.seen).toEqual([]);
  await stack.disposeAsync();
  await send(bus, "one", ["4", "5"]);
  await eventually(() => second.seen.length === 2);
  const tenures = new Set([...first.seen, ...second.seen].map(({ pinEpoch }) => pinEpoch));
  expect(tenures.size).toBe(2);
  expect(tenures.has(undefined)).toBe(false);
});

test("a process with a full window keeps its pin while it runs", async () => {
  await using fixture = await openTestBus();
  const { bus, server } = fixture;
  const consumer = aConsumer("full", { maxAckPending: 2 });
  await ensureConsumer(bus, consumer);
  await using first = await join(server.url, consumer, true);
  await send(bus, "full", ["1", "2", "3"]);
  await eventually(() => first.seen.length === 2);
  await using second = await join(server.url, consumer);
  // Longer than silence may last.
  const until = performance.now() + 1.5 * ttlMs;
  await eventually(() => performance.now() > until);
  first.release();
  await eventually(() => first.seen.length === 3);
  expect(textsOf(first)).toEqual(["1", "2", "3"]);
  expect(second.seen).toEqual([]);
});

test("consumers share slots: none takes more than it leaves, and each may hold some", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  const places = { left: 100 };
  const room = {
    free: () => places.left,
    isTight: () => false,
    take: () => {
      places.left -= 1;
    },
    give: () => {
      places.left += 1;
    },
  };
  const gate = Promise.withResolvers<void>();
  const counts = { big: 0, small: 0 };
  const start = (account: "big" | "small") =>
    runWorker(
      consume({
        bus,
        consumer: aConsumer(account),
        maxInFlight: 1_000,
        room,
        handler: async () => {
          counts[account] += 1;
          await gate.promise;
          return { kind: "done" };
        },
      }),
    );
  await send(
    bus,
    "big",
    Array.from({ length: 200 }, (_, index) => `big-${index}`),
  );
  await using _big = start("big");
  // It asks for eight at least.
  await eventually(() => counts.big > 50 - 8);
  await send(bus, "small", ["small"]);
  await using _small = start("small");
  await eventually(() => counts.small === 1);
  expect(counts.big).toBeLessThanOrEqual(50);
  gate.resolve();
  await eventually(() => counts.big === 200, { timeoutMs: 10_000 });
  await eventually(() => places.left === 100);
});

test("a stopping process releases its pin at once, long before it would expire", async () => {
  await using fixture = await openTestBus();
  const { bus, server } = fixture;
  const consumer = aConsumer("handed", { pinned: { group: "sender-pool", ttlMs: 60_000 } });
  const first = await join(server.url, consumer);
  await send(bus, "handed", ["one"]);
  await eventually(() => expect(textsOf(first)).toEqual(["one"]));
  await using second = await join(server.url, consumer);
  await first[Symbol.asyncDispose]();
  await send(bus, "handed", ["two"]);
  await eventually(() => expect(textsOf(second)).toEqual(["two"]));
});

import { createLogger } from "@mio/service-kit";
import { captureLogs, eventually } from "@mio/testkit";
import { headers } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { type Bus, type ConsumerDeclaration, consume, consumers } from "../src/index.ts";
import { openTestBus, publishText, runWorker } from "./bus-fixture.ts";

const decoder = new TextDecoder();
const { pinned: _pinned, ...plain } = consumers.mediaVault;
/** Its requests run out after a third of a second. */
const pinned: ConsumerDeclaration = { ...consumers.mediaVault, pinned: { group: "vault", ttlMs: 900 } };

interface Options {
  readonly bus: Bus;
  readonly consumer: ConsumerDeclaration;
}

function read({ bus, consumer }: Options) {
  const logs = captureLogs();
  const logger = createLogger({ service: "test", level: "warn", destination: logs.destination });
  const seen: string[] = [];
  const handler = async ({ payload }: { readonly payload: Uint8Array }) => {
    seen.push(decoder.decode(payload));
    return { kind: "done" } as const;
  };
  const worker = runWorker(consume({ bus, consumer, logger, handler, maxInFlight: 10 }));
  const resets = () => logs.matching({ event: "consume.reset" }).map(({ reason }) => reason);
  return { seen, resets, [Symbol.asyncDispose]: () => worker[Symbol.asyncDispose]() };
}

/** The reply subjects of all requests for messages. */
function requestsFor({ bus, consumer: { stream, durable } }: Options): string[] {
  const replies: string[] = [];
  bus.nc.subscribe(`$JS.API.CONSUMER.MSG.NEXT.${stream.name}.${durable}`, {
    callback: (_error, { reply }) => void replies.push(reply ?? ""),
  });
  return replies;
}

test("goes on with requests after its durable was recreated", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  const replies = requestsFor({ bus, consumer: pinned });
  await using reader = read({ bus, consumer: pinned });
  await publishText(bus, "conv", "before");
  await eventually(() => expect(reader.seen).toEqual(["before"]));
  await bus.jsm.consumers.delete(pinned.stream.name, pinned.durable);
  await eventually(() => expect(reader.resets()).toHaveLength(1));
  const asked = replies.length;
  await eventually(() => expect(replies.length).toBeGreaterThan(asked + 4), { timeoutMs: 8_000 });
  await publishText(bus, "conv", "after");
  // What was read last may come again with the new durable.
  await eventually(() => expect(reader.seen.at(-1)).toBe("after"));
  expect(reader.resets()).toHaveLength(1);
});

test("ignores the status of a request from before a reset", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  const replies = requestsFor({ bus, consumer: plain });
  await using reader = read({ bus, consumer: plain });
  await eventually(() => expect(replies).toHaveLength(1));
  await bus.jsm.consumers.delete(plain.stream.name, plain.durable);
  await eventually(() => expect(new Set(replies).size).toBe(2));
  const [former = ""] = replies;
  bus.nc.publish(former, undefined, { headers: headers(409, "Consumer Deleted") });
  await publishText(bus, "conv", "later");
  await eventually(() => expect(reader.seen).toEqual(["later"]));
  expect(reader.resets()).toHaveLength(1);
});

test("retries a consumer without a leader, and logs no warning", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  const replies = requestsFor({ bus, consumer: plain });
  await using reader = read({ bus, consumer: plain });
  await eventually(() => expect(replies).toHaveLength(1));
  const [first = ""] = replies;
  bus.nc.publish(first, undefined, { headers: headers(503, "No Responders") });
  await eventually(() => expect(new Set(replies).size).toBe(2));
  await publishText(bus, "conv", "later");
  await eventually(() => expect(reader.seen).toEqual(["later"]));
  expect(reader.resets()).toEqual([]);
});

test("a process that lost its pin requests without it", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  await using reader = read({ bus, consumer: pinned });
  await publishText(bus, "conv", "before");
  await eventually(() => expect(reader.seen).toEqual(["before"]));
  const { stream, durable } = pinned;
  const unpin = `$JS.API.CONSUMER.UNPIN.${stream.name}.${durable}`;
  await bus.nc.request(unpin, JSON.stringify({ group: "vault" }));
  await publishText(bus, "conv", "after");
  await eventually(() => expect(reader.seen).toEqual(["before", "after"]));
});

test("a request that the server never got is noticed by the silence, and asked again", {
  timeout: 40_000,
}, async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  let lost = 0;
  const nc: Bus["nc"] = Object.create(bus.nc, {
    publish: {
      value: (...publication: Parameters<Bus["nc"]["publish"]>) => {
        const isRequest = publication[0].startsWith("$JS.API.CONSUMER.MSG.NEXT.");
        if (isRequest && lost === 0) lost += 1;
        else bus.nc.publish(...publication);
      },
    },
  });
  await using reader = read({ bus: { ...bus, nc }, consumer: plain });
  await publishText(bus, "conv", "unheard");
  await eventually(() => expect(reader.seen).toEqual(["unheard"]), { timeoutMs: 20_000 });
  expect([lost, reader.resets()]).toEqual([1, ["no heartbeat"]]);
});

import { expect, test } from "vitest";
import { createPosition } from "../src/consume/position.ts";
import { consumers, type Delivery, ensureStreams, streams } from "../src/index.ts";
import { openTestBus, publishText } from "./bus-fixture.ts";

const consumer = consumers.mediaVault;
const { name } = streams.inbound;

function deliveryOf(streamSequence: number, timestamp: Date): Delivery {
  return {
    subject: "mio.inbound.slack.acct.conv",
    payload: new Uint8Array(),
    headers: { get: () => undefined, entries: () => [] },
    streamSequence,
    deliveryCount: 1,
    timestamp,
    pinEpoch: undefined,
  };
}

test("counts deliveries stored since the recreation as present", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  const replacements: ((delivery: Delivery) => boolean)[] = [];
  const position = createPosition({ bus, consumer, onReplaced: (isPresent) => replacements.push(isPresent) });
  await position.open(() => Number.POSITIVE_INFINITY);
  await publishText(bus, "conv", "old");
  const storedAt = async () => (await bus.jsm.streams.getMessage(name, { seq: 1 }))?.time ?? new Date(0);
  const old = deliveryOf(1, await storedAt());
  position.saw(old);
  await position.open(() => Number.POSITIVE_INFINITY);
  expect(replacements).toEqual([]);

  await bus.jsm.streams.delete(name);
  await ensureStreams(bus, { replicas: 1, storage: "memory", only: ["inbound"] });
  await publishText(bus, "conv", "new");
  const present = deliveryOf(1, await storedAt());
  // Taken before the change was noticed.
  position.saw(present);
  await position.open(() => Number.POSITIVE_INFINITY);
  const [isPresent] = replacements;
  expect(isPresent?.(old)).toBe(false);
  expect(isPresent?.(present)).toBe(true);

  await position.open(() => Number.POSITIVE_INFINITY);
  expect(replacements).toHaveLength(1);
});

test("recreates a durable at the first message when its stream was replaced meanwhile", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  const few = { ...consumer, maxAckPending: 2 };
  const remake = async (): Promise<void> => {
    await bus.jsm.streams.delete(name);
    await ensureStreams(bus, { replicas: 1, storage: "memory", only: ["inbound"] });
    for (let count = 0; count < 20; count += 1) await publishText(bus, "conv", `new ${count}`);
  };
  let meanwhile = async (): Promise<void> => {};
  const add: typeof bus.jsm.consumers.add = async (...declared) => {
    await meanwhile();
    meanwhile = async () => {};
    return await bus.jsm.consumers.add(...declared);
  };
  const consumers: typeof bus.jsm.consumers = Object.create(bus.jsm.consumers, { add: { value: add } });
  const jsm: typeof bus.jsm = Object.create(bus.jsm, { consumers: { value: consumers } });
  let replaced = 0;
  const onReplaced = (): void => {
    replaced += 1;
  };
  for (let count = 0; count < 10; count += 1) await publishText(bus, "conv", `old ${count}`);
  const last = await bus.jsm.streams.getMessage(name, { seq: 10 });
  const position = createPosition({ bus: { ...bus, jsm }, consumer: few, onReplaced });
  await position.open(() => Number.POSITIVE_INFINITY);
  position.saw(deliveryOf(10, last?.time ?? new Date(0)));
  await bus.jsm.consumers.delete(name, few.durable);
  meanwhile = remake;
  await position.open(() => Number.POSITIVE_INFINITY);
  const { config } = await bus.jsm.consumers.info(name, few.durable);
  expect([config.deliver_policy, config.opt_start_seq, replaced]).toEqual(["all", undefined, 1]);
});

import { expect, test } from "vitest";
import { consumers, type Delivery, ensureStreams, streams } from "../src/index.ts";
import { createPosition } from "../src/position.ts";
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
    tenure: undefined,
  };
}

test("in a recreated stream, deliveries stored since it was made are present ones", async () => {
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

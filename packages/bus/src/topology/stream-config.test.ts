import { DiscardPolicy, StorageType, type StreamConfig } from "@nats-io/jetstream";
import { nanos } from "@nats-io/nats-core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { declaredKey, toStreamChanges, toStreamConfig } from "./stream-config.ts";
import { streams } from "./topology.ts";

const placement = { replicas: 1, storage: "file" } as const;
const { inbound, outbound } = streams;

/** As a server that knows only what was asked for. */
const asExisting = (config: object): StreamConfig => config as StreamConfig;
const ours = asExisting(toStreamConfig(inbound, placement));
const { metadata: _recorded, ...unrecorded } = ours;
const mib = 1 << 20;

const limit = fc.oneof(fc.constant(-1), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }));
const age = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }));
const limits = fc.record({
  max_age: age,
  duplicate_window: fc.nat(),
  max_bytes: limit,
  max_msg_size: limit,
  discard: fc.constantFrom(DiscardPolicy.Old, DiscardPolicy.New),
});
const size = (value: number | undefined): number =>
  (value ?? 0) <= 0 ? Number.POSITIVE_INFINITY : (value ?? 0);

test("a stream as declared needs no change", () => {
  for (const stream of Object.values(streams)) {
    const existing = asExisting(toStreamConfig(stream, placement));
    expect(toStreamChanges(stream, existing, placement)).toBeUndefined();
  }
});

test("any setting that an operator changed after it was declared stays", () => {
  fc.assert(
    fc.property(limits, (chosen) => {
      const changes = toStreamChanges(inbound, { ...ours, ...chosen }, placement);
      expect({ ...chosen, ...changes }).toMatchObject(chosen);
    }),
  );
});

test("a limit with the value that was declared last follows the declaration", () => {
  const former = { max_age: 1, duplicate_window: 2, max_bytes: 3, max_msg_size: 4, discard: "old" };
  const existing = asExisting({
    ...ours,
    ...former,
    max_bytes: 77,
    metadata: { [declaredKey]: JSON.stringify(former), theirs: "kept" },
  });
  const { metadata, ...declared } = toStreamConfig(inbound, placement);
  expect(toStreamChanges(inbound, existing, placement)).toMatchObject({
    max_age: declared.max_age,
    duplicate_window: declared.duplicate_window,
    max_bytes: 77,
    max_msg_size: declared.max_msg_size,
    discard: declared.discard,
    metadata: { ...metadata, theirs: "kept" },
  });
});

test.each([["{"], ["null"], ["7"]])("ignores a record that cannot be read (%s)", (text) => {
  const existing = asExisting({ ...ours, max_age: 5, metadata: { [declaredKey]: text } });
  expect(toStreamChanges(inbound, existing, placement)).toMatchObject({ max_age: ours.max_age });
});

test("no limit of an unrecorded stream is lowered", () => {
  fc.assert(
    fc.property(limits, fc.constantFrom(1, 3, 5), (chosen, num_replicas) => {
      const existing = asExisting({ ...unrecorded, ...chosen, num_replicas });
      const grown = { ...existing, ...toStreamChanges(inbound, existing, placement) };
      expect(grown.num_replicas).toBeGreaterThanOrEqual(num_replicas);
      expect(grown.duplicate_window).toBeGreaterThanOrEqual(chosen.duplicate_window);
      expect(size(grown.max_age)).toBeGreaterThanOrEqual(size(chosen.max_age));
      expect(size(grown.max_bytes)).toBeGreaterThanOrEqual(size(chosen.max_bytes));
      expect(size(grown.max_msg_size)).toBeGreaterThanOrEqual(size(chosen.max_msg_size));
    }),
  );
});

test("an unrecorded stream that is too small for the contract is raised, once", () => {
  const existing = asExisting({ ...unrecorded, max_age: nanos(1_000), duplicate_window: 1, max_msg_size: 9 });
  const changes = toStreamChanges(inbound, existing, placement);
  const { max_age, duplicate_window, max_msg_size } = ours;
  expect(changes).toMatchObject({ max_age, duplicate_window, max_msg_size });
  expect(toStreamChanges(inbound, { ...existing, ...changes }, placement)).toBeUndefined();
});

test.each([
  ["MESSAGES_INBOUND", "file", 2_048 * mib],
  ["MESSAGES_INBOUND_ENRICHED", "file", 2_048 * mib],
  ["MESSAGES_RECEIPTS", "file", 256 * mib],
  ["MESSAGES_DLQ", "file", 512 * mib],
  ["MESSAGES_INBOUND", "memory", 256 * mib],
  ["MESSAGES_INBOUND_ENRICHED", "memory", 256 * mib],
  ["MESSAGES_RECEIPTS", "memory", 32 * mib],
  ["MESSAGES_DLQ", "memory", 64 * mib],
] as const)("the former limit of %s in %s is lifted, and only that", (name, storage, max_bytes) => {
  const stream = Object.values(streams).find((one) => one.name === name) ?? inbound;
  const { metadata: _none, ...wanted } = toStreamConfig(stream, { ...placement, storage });
  const existing = asExisting({ ...wanted, max_bytes, discard: DiscardPolicy.Old });
  const change = (differs: object) =>
    toStreamChanges(stream, asExisting({ ...existing, ...differs }), placement)?.max_bytes;
  expect(change({})).toBe(-1);
  expect(change({ max_bytes: max_bytes - 1 })).toBe(max_bytes - 1);
  expect(change({ discard: DiscardPolicy.New })).toBe(max_bytes);
});

test("the size of a queue is an eighth in memory, also when the process is set to files", () => {
  const inMemory = toStreamConfig(outbound, { replicas: 1, storage: "memory" });
  expect(inMemory).toMatchObject({ storage: StorageType.Memory, max_bytes: outbound.maxBytes / 8 });
  expect(toStreamChanges(outbound, asExisting(inMemory), placement)).toBeUndefined();
});

test("replicas and missing subjects are added", () => {
  const existing = asExisting({ ...ours, num_replicas: 1, subjects: ["extra.>"] });
  expect(toStreamChanges(inbound, existing, { ...placement, replicas: 3 })).toMatchObject({
    num_replicas: 3,
    subjects: ["extra.>", "mio.inbound.>"],
  });
});

test("streams that keep unread messages have no size of ours", () => {
  const bounded = Object.values(streams).filter(({ maxBytes }) => maxBytes > 0);
  expect(bounded.map(({ name, discard }) => [name, discard])).toEqual([["MESSAGES_OUTBOUND", "new"]]);
});

test("a dead letter of the largest message has room for its headers", () => {
  for (const [key, stream] of Object.entries(streams)) {
    if (key === "deadLetters") continue;
    expect(stream.maxMessageBytes + 8 * 1_024).toBeLessThanOrEqual(streams.deadLetters.maxMessageBytes);
  }
});

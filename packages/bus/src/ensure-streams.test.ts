import fc from "fast-check";
import { expect, test } from "vitest";
import { growStreamConfig, toStreamConfig } from "./ensure-streams.ts";
import { streams } from "./topology.ts";

const options = { replicas: 1, storage: "file" } as const;
const wanted = toStreamConfig(streams.inbound, options);

const limit = fc.oneof(fc.constant(-1), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }));
const age = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }));
const size = (value: number | undefined): number =>
  (value ?? 0) <= 0 ? Number.POSITIVE_INFINITY : (value ?? 0);

test("no limit of an existing stream is ever lowered", () => {
  const existing = fc.record({
    num_replicas: fc.constantFrom(1, 3, 5),
    max_age: age,
    duplicate_window: fc.nat(),
    max_bytes: limit,
    max_msg_size: limit,
  });
  fc.assert(
    fc.property(existing, (limits) => {
      const config = { ...wanted, ...limits };
      const grown = growStreamConfig(config, wanted);
      expect(grown.num_replicas).toBeGreaterThanOrEqual(limits.num_replicas);
      expect(grown.duplicate_window).toBeGreaterThanOrEqual(limits.duplicate_window);
      expect(size(grown.max_age)).toBeGreaterThanOrEqual(size(limits.max_age));
      expect(size(grown.max_bytes)).toBeGreaterThanOrEqual(size(limits.max_bytes));
      expect(size(grown.max_msg_size)).toBeGreaterThanOrEqual(size(limits.max_msg_size));
    }),
  );
});

test("a dead letter of the largest message has room for its headers", () => {
  for (const [key, stream] of Object.entries(streams)) {
    if (key === "deadLetters") continue;
    expect(stream.maxMessageBytes + 8 * 1_024).toBeLessThanOrEqual(streams.deadLetters.maxMessageBytes);
  }
});

test("memory takes an eighth of the size on disk", () => {
  const { max_bytes } = toStreamConfig(streams.outbound, { replicas: 1, storage: "memory" });
  expect(max_bytes).toBe(streams.outbound.maxBytes / 8);
});

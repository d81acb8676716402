import { defaultMaxEnvelopeBytes, maxDedupIdBytes } from "@mio/envelope";
import { expect, it } from "vitest";
import { maxEnvelopeBytes } from "./max-envelope-bytes.ts";

it("is what Mio declares where the server takes as much, or has not said", () => {
  expect([undefined, 1 << 20, 8 << 20].map(maxEnvelopeBytes)).toEqual([
    defaultMaxEnvelopeBytes,
    defaultMaxEnvelopeBytes,
    defaultMaxEnvelopeBytes,
  ]);
});

it("leaves room for headers on a server that takes less", () => {
  const maxPayload = 256 * 1024;
  expect(maxEnvelopeBytes(maxPayload)).toBeLessThan(maxPayload - 2_048 - maxDedupIdBytes);
  expect(maxEnvelopeBytes(maxPayload)).toBeGreaterThan(maxPayload / 2);
});

it("is never so small that the ids of an event do not fit", () => {
  expect(maxEnvelopeBytes(1_024)).toBe(32 * 1024);
});

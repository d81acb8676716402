import { defaultMaxEnvelopeBytes, maxDedupIdBytes } from "@mio/envelope";
import { expect, it } from "vitest";
import { maxEnvelopeBytes } from "./max-envelope-bytes.ts";

it("is Mio's limit if the server's limit is as large or unknown", () => {
  expect([undefined, 1 << 20, 8 << 20].map(maxEnvelopeBytes)).toEqual([
    defaultMaxEnvelopeBytes,
    defaultMaxEnvelopeBytes,
    defaultMaxEnvelopeBytes,
  ]);
});

it("reserves bytes for headers on a server with a smaller limit", () => {
  const maxPayload = 256 * 1024;
  expect(maxEnvelopeBytes(maxPayload)).toBeLessThan(maxPayload - 2_048 - maxDedupIdBytes);
  expect(maxEnvelopeBytes(maxPayload)).toBeGreaterThan(maxPayload / 2);
});

it("always leaves enough bytes for the ids of an event", () => {
  expect(maxEnvelopeBytes(1_024)).toBe(32 * 1024);
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { retryAfterMs } from "./retry-after.ts";

const now = new Date("2026-05-03T10:00:00Z");

describe("retryAfterMs", () => {
  it.each([
    ["7", 7_000],
    ["0", 0],
    ["0.3201", 321],
    [" 2 ", 2_000],
    ["Sun, 03 May 2026 10:00:30 GMT", 30_000],
    ["Sun, 03 May 2026 09:00:00 GMT", 0],
    ["999999999", 86_400_000],
    ["Tue, 03 May 2033 10:00:30 GMT", 86_400_000],
  ])("reads %j as %d ms", (header, ms) => {
    expect(retryAfterMs(header, now)).toBe(ms);
  });

  it.each([null, undefined, "", "soon", "-1", "1e3", "0x10", "2026-05-03", "NaN"])(
    "does not read %j",
    (header) => {
      expect(retryAfterMs(header, now)).toBeUndefined();
    },
  );

  it("is never above a day or below zero", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.double().map(String),
          fc.date().map((d) => d.toUTCString()),
        ),
        (header) => {
          const ms = retryAfterMs(header, now) ?? 0;
          expect(ms).toBeGreaterThanOrEqual(0);
          expect(ms).toBeLessThanOrEqual(86_400_000);
        },
      ),
    );
  });
});

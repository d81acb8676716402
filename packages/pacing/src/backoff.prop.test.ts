import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createBackoff } from "./backoff.ts";

const bounds = fc
  .tuple(fc.integer({ min: 1, max: 10_000 }), fc.integer({ min: 0, max: 10_000_000 }))
  .map(([baseMs, more]) => ({ baseMs, maxMs: baseMs + more }));
const attempt = fc.integer({ min: 1, max: 5000 });
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe("createBackoff", () => {
  it("keeps every delay between 0 and the ceiling, and the ceiling at or below the maximum", () => {
    fc.assert(
      fc.property(bounds, attempt, chance, ({ baseMs, maxMs }, n, random) => {
        const backoff = createBackoff({ baseMs, maxMs, random: () => random });
        expect(backoff.delayMs(n)).toBeGreaterThanOrEqual(0);
        expect(backoff.delayMs(n)).toBeLessThan(backoff.ceilingMs(n));
        expect(backoff.ceilingMs(n)).toBeLessThanOrEqual(maxMs);
      }),
    );
  });

  it("never lowers the ceiling with a further attempt", () => {
    fc.assert(
      fc.property(bounds, attempt, (options, n) => {
        const { ceilingMs } = createBackoff(options);
        expect(ceilingMs(n + 1)).toBeGreaterThanOrEqual(ceilingMs(n));
      }),
    );
  });

  it("starts at the base and reaches the maximum", () => {
    fc.assert(
      fc.property(bounds, (options) => {
        const { ceilingMs } = createBackoff(options);
        expect(ceilingMs(1)).toBe(options.baseMs);
        expect(ceilingMs(0)).toBe(options.baseMs);
        expect(ceilingMs(Number.POSITIVE_INFINITY)).toBe(options.maxMs);
      }),
    );
  });

  it("uses the whole range below the ceiling", () => {
    fc.assert(
      fc.property(bounds, attempt, chance, (options, n, random) => {
        const backoff = createBackoff({ ...options, random: () => random });
        expect(backoff.delayMs(n) / backoff.ceilingMs(n)).toBeCloseTo(random);
      }),
    );
  });

  it.each([
    [0, 10],
    [-1, 10],
    [20, 10],
    [Number.NaN, 10],
    [1, Number.POSITIVE_INFINITY],
  ])("refuses a base of %s with a maximum of %s", (baseMs, maxMs) => {
    expect(() => createBackoff({ baseMs, maxMs })).toThrow(
      expect.objectContaining({ code: "internal.misuse" }),
    );
  });
});

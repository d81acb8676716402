import { expect, it } from "vitest";
import { createBusBreaker } from "./bus-breaker.ts";

const breakerAt = (start: number) => {
  const time = { now: start };
  return { time, breaker: createBusBreaker({ now: () => time.now, restMs: 100 }) };
};

it("allows every call while the bus confirms", () => {
  const { breaker } = breakerAt(0);
  expect([breaker.allows(), breaker.allows()]).toEqual([true, true]);
});

it("allows no call after a failure, then one per rest period", () => {
  const { breaker, time } = breakerAt(1_000);
  breaker.failed();
  expect(breaker.allows()).toBe(false);
  time.now += 99;
  expect(breaker.allows()).toBe(false);
  time.now += 1;
  expect([breaker.allows(), breaker.allows()]).toEqual([true, false]);
  time.now += 100;
  expect([breaker.allows(), breaker.allows()]).toEqual([true, false]);
});

it("allows every call again once the bus has confirmed", () => {
  const { breaker } = breakerAt(0);
  breaker.failed();
  breaker.succeeded();
  expect([breaker.allows(), breaker.allows()]).toEqual([true, true]);
});

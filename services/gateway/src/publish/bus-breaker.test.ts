import { expect, it } from "vitest";
import { createBusBreaker } from "./bus-breaker.ts";

const breakerAt = (start: number) => {
  const time = { now: start };
  return { time, breaker: createBusBreaker({ now: () => time.now, restMs: 100 }) };
};

it("lets everybody through while the bus confirms", () => {
  const { breaker } = breakerAt(0);
  expect([breaker.allows(), breaker.allows()]).toEqual([true, true]);
});

it("after a failure lets no call through, then one in each rest", () => {
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

it("lets everybody through again once the bus confirmed", () => {
  const { breaker } = breakerAt(0);
  breaker.failed();
  breaker.succeeded();
  expect([breaker.allows(), breaker.allows()]).toEqual([true, true]);
});

import { expect, test } from "vitest";
import { findRegressions, toBaseline } from "./baseline.ts";
import { inboundRatios, outboundRatios, type Ratio } from "./ratios.ts";

const higher = (value: number): Ratio => ({ name: "speed", value, better: "higher" });
const lower = (value: number): Ratio => ({ name: "tail", value, better: "lower" });
const baseline = toBaseline("a laptop", [
  [higher(0.5), lower(2)],
  [higher(0.6), lower(3)],
  [higher(0.7), lower(2.5)],
]);

test("a baseline has median and spread of its runs", () => {
  expect(baseline).toEqual({
    machine: "a laptop",
    runs: 3,
    ratios: {
      speed: { better: "higher", median: 0.6, min: 0.5, max: 0.7 },
      tail: { better: "lower", median: 2.5, min: 2, max: 3 },
    },
  });
});

test("a run passes up to a fifth beyond the worst recorded run", () => {
  expect(findRegressions(baseline, [higher(0.41), lower(3.59)])).toEqual([]);
});

test("a run fails beyond that, in the bad direction only", () => {
  const failed = findRegressions(baseline, [higher(0.39), lower(3.61)]);
  expect(failed.map(({ name, measured }) => [name, measured])).toEqual([
    ["speed", 0.39],
    ["tail", 3.61],
  ]);
  expect(failed[0]?.limit).toBeCloseTo(0.4);
  expect(findRegressions(baseline, [higher(9), lower(0.1)])).toEqual([]);
});

test("a ratio that is not stored passes", () => {
  expect(findRegressions(baseline, [{ name: "new", value: 0, better: "higher" }])).toEqual([]);
});

test("an outbound run has a ratio for each number of pools", () => {
  const pools = [1, 3].map((senders) => ({ senders, ratio_calls_only: senders / 10 }));
  expect(outboundRatios({ pools: pools as never }).map(({ name, value }) => [name, value])).toEqual([
    ["outbound.1_pools.ratio_calls_only", 0.1],
    ["outbound.3_pools.ratio_calls_only", 0.3],
  ]);
});

test("only ratios are compared, never times", () => {
  const capacity = { ratio_publish_only: 1, ratio_verify_only: 1, ratio_naive: 1 };
  const report = { capacity, capacity_synced: capacity, ratio_publish_only_p99: 2 };
  for (const { name } of inboundRatios(report as never)) expect(name).toContain("ratio_");
});

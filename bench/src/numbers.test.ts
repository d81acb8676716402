import { expect, test } from "vitest";
import { median, percentile, ratio } from "./numbers.ts";

test("percentiles are measured values", () => {
  expect([percentile([], 0.5), percentile([3, 1, 2], 0.5), percentile([3, 1, 2], 0.99)]).toEqual([0, 2, 3]);
});

test("a median ignores outliers and the order", () => {
  expect([median([]), median([9, 1, 2]), median([4, 1, 3, 2])]).toEqual([0, 2, 3]);
});

test("a ratio has two digits, and nothing divides by zero", () => {
  expect([ratio(1, 3), ratio(1, 0)]).toEqual([0.33, 0]);
});

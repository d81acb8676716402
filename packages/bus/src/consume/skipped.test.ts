import { expect, test } from "vitest";
import { createGapCounter } from "./skipped.ts";

test("counts what was dropped unread, each message once", () => {
  const count = createGapCounter();
  const looks = [
    { droppedThrough: 0, deliveredThrough: 0, skipped: 0 },
    { droppedThrough: 10, deliveredThrough: 12, skipped: 0 },
    { droppedThrough: 30, deliveredThrough: 12, skipped: 18 },
    { droppedThrough: 30, deliveredThrough: 12, skipped: 0 },
    { droppedThrough: 35, deliveredThrough: 12, skipped: 5 },
    { droppedThrough: 40, deliveredThrough: 50, skipped: 0 },
  ];
  for (const { skipped, ...gap } of looks) expect(count(gap)).toBe(skipped);
});

test("counts a recreated stream from its beginning", () => {
  const count = createGapCounter();
  expect(count({ droppedThrough: 5_000, deliveredThrough: 5_000 })).toBe(0);
  expect(count({ droppedThrough: 3, deliveredThrough: 1 })).toBe(2);
});

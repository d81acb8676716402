import { expect, test } from "vitest";
import { accountForPosts, textOf } from "./account-for-posts.ts";

const stored = [textOf("a", 0), textOf("a", 1), textOf("b", 0)];

test("counts no fault if each post appears once and in order", () => {
  expect(accountForPosts(stored, ["b#0", "a#0", "a#1"])).toEqual({
    lost: 0,
    duplicated: 0,
    orderViolations: 0,
  });
});

test("counts missing, repeated and overtaken posts", () => {
  expect(accountForPosts(stored, ["a#1", "a#0", "a#1"])).toEqual({
    lost: 1,
    duplicated: 1,
    orderViolations: 1,
  });
});

test("compares the order with the stream, not with the numbers in the texts", () => {
  const swapped = [textOf("a", 1), textOf("a", 0)];
  expect(accountForPosts(swapped, swapped).orderViolations).toBe(0);
  expect(accountForPosts(swapped, swapped.toReversed()).orderViolations).toBe(1);
});

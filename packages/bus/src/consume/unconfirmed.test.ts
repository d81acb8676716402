import { expect, test } from "vitest";
import { createUnconfirmed } from "./unconfirmed.ts";

test("gives each back once and forgets the oldest", () => {
  const unconfirmed = createUnconfirmed(2);
  for (const identity of ["1@1", "2@1", "3@1"]) unconfirmed.add(identity);
  expect(unconfirmed.take("1@1")).toBe(false);
  expect(unconfirmed.take("2@1")).toBe(true);
  expect(unconfirmed.take("2@1")).toBe(false);
  expect(unconfirmed.take("3@1")).toBe(true);
});

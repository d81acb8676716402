import { expect, test } from "vitest";
import { isAtLeast } from "./server-version.ts";

test.each([
  ["2.12.0", true],
  ["2.12.0-RC.1", true],
  ["2.15.1", true],
  ["3.0.0", true],
  ["2.11.9", false],
  ["1.99.99", false],
  ["unknown", false],
])("%s", (version, enough) => {
  expect(isAtLeast(version, "2.12.0")).toBe(enough);
});

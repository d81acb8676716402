import { expect, it } from "vitest";
import { isRecent } from "./server-check.ts";

it.each([
  ["2.12.0", true],
  ["2.12.0-beta.1", true],
  ["2.15.1", true],
  ["3.0.0", true],
  ["2.11.9", false],
  ["1.20.0", false],
  ["", false],
])("takes server version %j as recent: %j", (version, recent) => {
  expect(isRecent(version)).toBe(recent);
});

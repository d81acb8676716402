import { expect, test } from "vitest";
import { isSupportedServer } from "./server-version.ts";

test.each([
  ["2.12.0", true],
  ["2.12.0-RC.1", true],
  ["2.12.0-beta.1", true],
  ["2.15.1", true],
  ["3.0.0", true],
  ["2.11.9", false],
  ["1.20.0", false],
  ["1.99.99", false],
  ["unknown", false],
  ["", false],
])("takes server version %j as supported: %j", (version, isSupported) => {
  expect(isSupportedServer(version)).toBe(isSupported);
});

import { expect, test } from "vitest";
import { natsVersion, toNatsPlatform } from "./nats-release.ts";
import { isAtLeast } from "./nats-version.ts";

test.each([
  ["2.12.0", true],
  ["2.12", true],
  ["2.15.1-1+b3", true],
  [natsVersion, true],
  ["10.0.0", true],
  ["2.9.10-1+b3", false],
  ["2.11.99", false],
  ["", false],
])("%s is new enough: %s", (version, enough) => {
  expect(isAtLeast(version, "2.12.0")).toBe(enough);
});

test.each([
  ["linux", "x64", "linux-amd64"],
  ["linux", "arm64", "linux-arm64"],
  ["darwin", "arm64", "darwin-arm64"],
  ["win32", "x64", undefined],
  ["linux", "riscv64", undefined],
])("the release for %s %s", (platform, arch, expected) => {
  expect(toNatsPlatform(platform, arch)).toBe(expected);
});

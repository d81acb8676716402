import { describe, expect, it } from "vitest";
import { addressSetting, isLoopback, parseHosts } from "./safe-address.ts";

describe("an address setting", () => {
  it.each([
    "https://slack.com/api/",
    " https://cliq.zoho.eu ",
    "http://localhost:9000",
    "http://127.0.0.1:9000/x",
    "http://[::1]:9000",
  ])("accepts %s", (value) => {
    expect(addressSetting.parse(value)).toBe(value.trim());
  });

  it.each([
    "http://slack.com/api/",
    "http://10.0.0.1/",
    "http://127.0.0.1.evil.test/",
    "ftp://localhost/",
    "https://user@slack.com/",
    "https://:password@slack.com/",
    "slack.com",
    "",
  ])("rejects %j", (value) => {
    expect(addressSetting.safeParse(value).success).toBe(false);
  });
});

it.each([
  ["http://localhost/", true],
  ["http://127.255.255.254/", true],
  ["http://2130706433/", true],
  ["http://[::1]/", true],
  ["http://128.0.0.1/", false],
  ["http://localhost.evil.test/", false],
  ["http://127.0.0.1.evil.test/", false],
  ["http://[::2]/", false],
])("knows whether %s is this machine: %s", (address, expected) => {
  expect(isLoopback(new URL(address))).toBe(expected);
});

it("parses a list of hosts without blanks and in lower case", () => {
  expect([...parseHosts(" Files.Slack.com,, slack-files.com ,")]).toEqual([
    "files.slack.com",
    "slack-files.com",
  ]);
  expect(parseHosts("").size).toBe(0);
});

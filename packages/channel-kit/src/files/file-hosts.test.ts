import { describe, expect, it } from "vitest";
import { judgeAddress } from "./file-hosts.ts";

const baseUrl = new URL("https://api.fax.test:8443/v1/");
const hosts = new Set(["files.fax.test", "*.pages.fax.test"]);

const judge = (address: string, more: object = {}): string =>
  judgeAddress(new URL(address), { baseUrl, hosts, ...more });

it.each([
  ["https://files.fax.test/f", "allowed"],
  ["https://a.files.fax.test/f", "other_host"],
  ["https://pages.fax.test/f", "other_host"],
  ["https://files.fax.test.evil.test/f", "other_host"],
  ["https://evilfiles.fax.test/f", "other_host"],
  ["https://files.fax.test:8443/f", "other_port"],
  ["https://user@files.fax.test/f", "has_credentials"],
  ["https://:word@files.fax.test/f", "has_credentials"],
  ["https://api.fax.test:8443/f", "other_host"],
  ["http://files.fax.test/f", "not_https"],
  ["http://127.0.0.1/f", "not_https"],
  ["http://169.254.169.254/latest", "not_https"],
])("judges %s as %s", (address, expected) => {
  expect(judge(address)).toBe(expected);
});

describe("with subdomains", () => {
  it.each([
    ["https://a.files.fax.test/f", "allowed"],
    ["https://pages.fax.test/f", "allowed"],
    ["https://b.pages.fax.test/f", "allowed"],
    ["https://evilfiles.fax.test/f", "other_host"],
  ])("judges %s as %s", (address, expected) => {
    expect(judge(address, { withSubdomains: true })).toBe(expected);
  });
});

describe("with the API's address", () => {
  it.each([
    ["https://api.fax.test:8443/f", "allowed"],
    ["https://api.fax.test/f", "other_host"],
    ["http://api.fax.test:8443/f", "not_https"],
  ])("judges %s as %s", (address, expected) => {
    expect(judge(address, { withApi: true })).toBe(expected);
  });
});

it("allows this machine only when the API is there too", () => {
  const local = { baseUrl: new URL("http://127.0.0.1:9000/") };
  expect(judge("http://localhost:9001/f", local)).toBe("allowed");
  expect(judge("http://10.0.0.1/f", local)).toBe("not_https");
  expect(judge("http://a:b@localhost:9001/f", local)).toBe("has_credentials");
});

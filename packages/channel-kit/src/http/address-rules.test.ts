import { BlockList } from "node:net";
import { describe, expect, it } from "vitest";
import { type AddressRule, brokenRule, toBlockList } from "./address-rules.ts";

const none = new BlockList();

const refused: readonly (readonly [AddressRule, readonly string[]])[] = [
  ["metadata", ["169.254.169.254", "fd00:ec2::254", "fd20:ce::254", "100.100.100.200", "168.63.129.16"]],
  ["loopback", ["127.0.0.1", "127.255.255.254", "::1", "0:0:0:0:0:0:0:1"]],
  ["private", ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fd12::1", "fc00::1"]],
  ["shared", ["100.64.0.1", "100.127.255.255"]],
  ["link_local", ["169.254.1.1", "fe80::1", "fe80::1%eth0", "fec0::1"]],
  ["multicast", ["224.0.0.1", "239.255.255.255", "ff02::1"]],
  ["broadcast", ["255.255.255.255"]],
  ["unspecified", ["0.0.0.0", "0.1.2.3", "::"]],
  ["documentation", ["192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "3fff::1"]],
  ["benchmark", ["198.18.0.1", "198.19.255.255", "2001:2::1"]],
  ["reserved", ["240.0.0.1", "192.0.0.1", "192.88.99.1", "4000::1", "100::1", "64:ff9b:1::a00:1"]],
];

describe("an address that is not public", () => {
  const cases = refused.flatMap(([rule, addresses]) => addresses.map((address) => [address, rule] as const));
  it.each(cases)("%s breaks the rule %s", (address, rule) => {
    expect(brokenRule(address, none)).toBe(rule);
  });
});

describe("an IPv6 address that carries an IPv4 address", () => {
  it.each([
    ["::ffff:127.0.0.1", "loopback"],
    ["::ffff:7f00:1", "loopback"],
    ["0:0:0:0:0:ffff:a9fe:a9fe", "metadata"],
    ["::FFFF:10.0.0.1", "private"],
    ["64:ff9b::10.0.0.1", "private"],
    ["64:ff9b::a9fe:a9fe", "metadata"],
    ["64:ff9b::1", "reserved"],
    ["::127.0.0.1", "reserved"],
    ["::ffff:0:127.0.0.1", "reserved"],
    ["2002:7f00:1::", "reserved"],
    ["2002:808:808::", "reserved"],
    ["2001:0:7f00:1::1", "reserved"],
  ] as const)("%s breaks the rule %s", (address, rule) => {
    expect(brokenRule(address, none)).toBe(rule);
  });

  it.each(["::ffff:8.8.8.8", "64:ff9b::8.8.8.8"])("%s is as public as that", (address) => {
    expect(brokenRule(address, none)).toBeUndefined();
  });
});

describe("a form that a URL may have", () => {
  it.each([
    ["2130706433", "loopback"],
    ["0x7f000001", "loopback"],
    ["017700000001", "loopback"],
    ["127.1", "loopback"],
    ["127.0.1", "loopback"],
    ["0x7f.0.0.0x1", "loopback"],
    ["0177.0.0.01", "loopback"],
    ["127.0.0.1.", "loopback"],
    ["１２７.0.0.1", "loopback"],
    ["0", "unspecified"],
    ["0xa9fea9fe", "metadata"],
    ["169.254.43518", "metadata"],
    ["10.1", "private"],
    ["[::ffff:0x7f.1]", undefined],
  ] as const)("http://%s/ is read as what it stands for", (host, rule) => {
    const url = URL.parse(`http://${host}/`);
    expect(url === null ? undefined : brokenRule(url.hostname, none)).toBe(rule);
  });
});

it.each(["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450:4001::1"])(
  "%s is public",
  (address) => {
    expect(brokenRule(address, none)).toBeUndefined();
  },
);

describe("an allowed range", () => {
  const allowed = toBlockList(["10.1.0.0/16", "169.254.0.0/16", "fd12::/32", "127.0.0.2"]);

  it.each(["10.1.2.3", "::ffff:10.1.2.3", "fd12::9", "127.0.0.2", "169.254.1.1"])("has %s", (address) => {
    expect(brokenRule(address, allowed)).toBeUndefined();
  });

  it.each([
    ["10.2.0.1", "private"],
    ["127.0.0.1", "loopback"],
    ["fd13::9", "private"],
    ["169.254.169.254", "metadata"],
  ])("does not open %s", (address, rule) => {
    expect(brokenRule(address, allowed)).toBe(rule);
  });

  it.each(["10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8/8", "host.test", "10.1", ""])(
    "is not written as %j",
    (range) => {
      expect(() => toBlockList([range])).toThrow();
    },
  );
});

import { BlockList, isIPv6 } from "node:net";

/** Why an address is not a public one. */
export type AddressRule =
  | "metadata"
  | "loopback"
  | "private"
  | "shared"
  | "link_local"
  | "multicast"
  | "broadcast"
  | "unspecified"
  | "documentation"
  | "benchmark"
  | "reserved";

/** Address ranges as `10.0.0.0/8` or `fd00::1`. */
export type Ranges = readonly string[];

/** In the order in which they are asked; so an address has the narrowest of its rules. */
const rules: readonly (readonly [AddressRule, Ranges])[] = [
  ["metadata", ["169.254.169.254", "100.100.100.200", "168.63.129.16", "192.0.0.192"]],
  ["metadata", ["fd00:ec2::254", "fd20:ce::254"]],
  ["broadcast", ["255.255.255.255"]],
  ["unspecified", ["0.0.0.0/8", "::"]],
  ["loopback", ["127.0.0.0/8", "::1"]],
  ["private", ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"]],
  ["shared", ["100.64.0.0/10"]],
  ["link_local", ["169.254.0.0/16", "fe80::/10", "fec0::/10"]],
  ["multicast", ["224.0.0.0/4", "ff00::/8"]],
  ["documentation", ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20"]],
  ["benchmark", ["198.18.0.0/15", "2001:2::/48"]],
  // Also Teredo (2001::/32) and 6to4 (2002::/16), which carry an IPv4 address.
  ["reserved", ["192.0.0.0/24", "192.88.99.0/24", "240.0.0.0/4", "2001::/23", "2002::/16"]],
];

const lists = rules.map(([rule, ranges]) => [rule, toBlockList(ranges)] as const);
/** All of IPv6 that is given out for public use. */
const publicV6 = toBlockList(["2000::/3"]);

/** The rule that an address breaks; undefined for a public one, or one that `allowed` has. Metadata is never allowed. */
export function brokenRule(address: string, allowed: BlockList): AddressRule | undefined {
  const plain = withoutDisguise(address);
  const has = (list: BlockList): boolean => list.check(plain, familyOf(plain));
  const rule = lists.find(([, list]) => has(list))?.[0];
  if (rule !== "metadata" && has(allowed)) return undefined;
  return rule ?? (isIPv6(plain) && !has(publicV6) ? "reserved" : undefined);
}

/** @throws when a range is malformed. */
export function toBlockList(ranges: Ranges): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = "", bits, ...more] = range.split("/");
    if (bits === undefined) list.addAddress(address, familyOf(address));
    else
      list.addSubnet(
        address,
        /^\d{1,3}$/.test(bits) && more.length === 0 ? Number(bits) : -1,
        familyOf(address),
      );
  }
  return list;
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIPv6(address) ? "ipv6" : "ipv4";
}

/** The IPv4 address that an IPv4-mapped or NAT64 address stands for; any other without its zone. */
function withoutDisguise(address: string): string {
  if (!isIPv6(address)) return address;
  const [unzoned = ""] = address.split("%");
  const canonical = new URL(`http://[${unzoned}]`).hostname.slice(1, -1);
  const embedded = /^(?:::ffff:|64:ff9b::)([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical);
  if (embedded === null) return canonical;
  const [, high = "", low = ""] = embedded;
  const bytes = [high, low].flatMap((group) => {
    const number = Number.parseInt(group, 16);
    return [number >> 8, number & 255];
  });
  return bytes.join(".");
}

import { BlockList } from "node:net";
import fc from "fast-check";
import { expect, it } from "vitest";
import { brokenRule } from "./address-rules.ts";

const none = new BlockList();

it("refuses an IPv4 address in all forms of IPv6 that stand for it, or in none", () => {
  fc.assert(
    fc.property(
      fc.ipV4Extended(),
      fc.constantFrom("::ffff:", "64:ff9b::", "0:0:0:0:0:FFFF:"),
      (host, prefix) => {
        const { hostname } = new URL(`http://${host}/`);
        const disguised = brokenRule(prefix + hostname, none);
        expect(disguised === undefined).toBe(brokenRule(hostname, none) === undefined);
      },
    ),
  );
});

it("finds no public address in networks that are wholly refused", () => {
  const byte = fc.integer({ min: 0, max: 255 });
  fc.assert(
    fc.property(fc.constantFrom("10", "127", "0", "224", "255"), byte, byte, byte, (first, ...rest) => {
      expect(brokenRule([first, ...rest].join("."), none)).toBeDefined();
    }),
  );
});

it("takes no IPv6 address for public outside 2000::/3", () => {
  fc.assert(
    fc.property(fc.ipV6(), (address) => {
      const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
      const isGlobal = /^[23][0-9a-f]{3}:/.test(canonical) || /^(::ffff|64:ff9b:):/.test(canonical);
      if (!isGlobal) expect(brokenRule(address, none)).toBeDefined();
    }),
  );
});

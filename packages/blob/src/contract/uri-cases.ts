import { describe, expect, it } from "vitest";
import type { BlobDriver } from "./blob-driver.ts";

/** URIs of keys, and keys of URIs. */
export function uriCases(driver: BlobDriver): void {
  describe("URIs", () => {
    it("names objects by a URI that ends in the key", async () => {
      await using store = await driver.open();
      expect(store.uri("a/b=c/d.png")).toMatch(/^[a-z0-9]+:\/\/.*a\/b=c\/d\.png$/);
    });

    it.each(["k", "a/b=c/d.png", "día/50%/ä #?&+.txt"])("returns the key of the URI of %j", async (key) => {
      await using store = await driver.open();
      expect(store.keyOf(store.uri(key))).toBe(key);
    });

    it("returns undefined for a URI that it did not create", async () => {
      await using store = await driver.open();
      const uri = store.uri("a/b");
      const [, last = ""] = /([^/]+)\/a\/b$/.exec(uri) ?? [];
      const strangers = [
        "",
        "a/b",
        "https://example.com/a/b",
        "gs://another-bucket/a/b",
        "file:///etc/passwd",
        `${uri}/../../../c`,
        `${uri}/%2e%2e/c`,
        `${uri}%2Fc`,
        `${uri}/.hidden`,
        `${uri}/`,
        `${uri}?q`,
        `${uri}#f`,
        uri.replace(/a\/b$/, ""),
        uri.replace(/a\/b$/, `../${last}/a/b`),
        uri.replace(/\/a\/b$/, "-other/a/b"),
        uri.replace("a/b", "a//b"),
        uri.replace("a/b", "%61/b"),
      ];
      expect(strangers.map((stranger) => store.keyOf(stranger))).toEqual(strangers.map(() => undefined));
    });
  });
}

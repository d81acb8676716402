import fc from "fast-check";
import { expect, it } from "vitest";
import { fromHeaderMetadata, toHeaderMetadata } from "./header-metadata.ts";

const names = fc.stringMatching(/^[a-z0-9_]{1,20}$/);

it("returns metadata as given, through headers whose names change case", () => {
  const recase = fc.constantFrom(
    (name: string) => name,
    (name: string) => name.toUpperCase(),
  );
  fc.assert(
    fc.property(fc.dictionary(names, fc.string({ unit: "binary" })), recase, (metadata, change) => {
      const headers = Object.entries(toHeaderMetadata(metadata));
      for (const [, value] of headers) expect(value).toMatch(/^[!-~]+$/);
      const changed = headers.map(([name, value]) => [change(name), value]);
      expect(fromHeaderMetadata(Object.fromEntries(changed))).toEqual({ ...metadata });
    }),
  );
});

it("keeps a value that another program wrote unencoded", () => {
  expect(fromHeaderMetadata({ discount: "50% off" })).toEqual({ discount: "50% off" });
});

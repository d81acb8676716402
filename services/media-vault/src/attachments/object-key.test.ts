import { assertBlobKey } from "@mio/blob";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { extensionTable } from "./extension-table.ts";
import { objectKey } from "./object-key.ts";

const sha256 = `abcdef01${"0".repeat(56)}`;
const picture = {
  prefix: "mio/attachments/",
  channelType: "zoho_cliq",
  receivedAt: new Date("2026-05-09T12:00:00Z"),
  sha256,
  contentType: "image/png",
  filename: "holiday.jpeg",
};

describe("objectKey", () => {
  it("places an object by channel, day, hash and media type", () => {
    expect(objectKey(picture)).toBe(
      `mio/attachments/channel_type=zoho_cliq/date=2026-05-09/ab/${sha256}.png`,
    );
  });

  it.each([
    ["IMAGE/PNG ; charset=binary", "x.gif", ".png"],
    ["text/plain; charset=utf-8", "", ".txt"],
    ["application/octet-stream", "Report.XLSX", ".xlsx"],
    ["", "archive.tar.gz", ".gz"],
    ["", "", ""],
    ["", "no-extension", ""],
    ["", ".hidden", ""],
    ["", "a.we/ird", ""],
    ["", "a.ünïcode", ""],
    ["", `a.${"x".repeat(17)}`, ""],
    ["application/x-unheard-of", "a.dwg", ".dwg"],
  ])("derives from type %j and file name %j the extension %j", (contentType, filename, extension) => {
    const key = objectKey({ ...picture, contentType, filename });
    expect(key.slice(key.indexOf(sha256) + sha256.length)).toBe(extension);
  });

  it("uses the day in UTC, and `unknown` for a missing channel", () => {
    const receivedAt = new Date("2026-05-09T23:59:59.999-02:00");
    expect(objectKey({ ...picture, receivedAt, channelType: "" })).toContain(
      "/channel_type=unknown/date=2026-05-10/",
    );
  });

  it("is a key that every store accepts, for any file name", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (contentType, filename) => {
        assertBlobKey(objectKey({ ...picture, contentType, filename }));
      }),
    );
  });
});

describe("extensionTable", () => {
  it("has media types in lower case, in order, with plain extensions", () => {
    const types = [...extensionTable.keys()];
    expect(types).toEqual(types.map((type) => type.toLowerCase()).toSorted());
    for (const extension of extensionTable.values()) expect(extension).toMatch(/^\.[a-z0-9]+$/);
  });
});

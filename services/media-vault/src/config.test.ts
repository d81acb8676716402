import { loadConfig } from "@mio/service-kit";
import { describe, expect, it } from "vitest";
import { mediaVaultConfig } from "./config.ts";

const load = (env: Record<string, string>) =>
  loadConfig(mediaVaultConfig, { MIO_BLOB_URL: "file:///var/lib/mio/blobs", ...env });

describe("mediaVaultConfig", () => {
  it("has the documented defaults", () => {
    expect(load({})).toMatchObject({
      MIO_STORAGE_PREFIX: "mio/attachments/",
      MIO_DURABLE_NAME: "media-vault",
      MIO_DOWNLOAD_TIMEOUT_SECONDS: 60,
      MIO_DOWNLOAD_MAX_BYTES: 26_214_400,
    });
  });

  it("appends a slash to the prefix", () => {
    expect(load({ MIO_STORAGE_PREFIX: "media" }).MIO_STORAGE_PREFIX).toBe("media/");
  });

  it.each([
    ["MIO_STORAGE_PREFIX", "/absolute/"],
    ["MIO_STORAGE_PREFIX", "../up"],
    ["MIO_BLOB_URL", "ftp://host/dir"],
    ["MIO_DOWNLOAD_TIMEOUT_SECONDS", "soon"],
    ["MIO_DOWNLOAD_CONCURRENCY", "0"],
  ])("rejects %s=%s", (name, value) => {
    expect(() => load({ [name]: value })).toThrow(name);
  });
});

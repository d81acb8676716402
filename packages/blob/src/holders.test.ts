import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { BlobStat, BlobStore } from "./blob-store.ts";
import { collect } from "./contract/bytes.ts";
import { isHeldBy, noteHolder } from "./holders.ts";
import { openBlobStore } from "./open-blob-store.ts";

const key = "kept/day=1/ab.png";
const prefix = "kept/";

describe("an object named by its content", () => {
  let directory: string;
  let store: BlobStore;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "mio-holders-"));
    store = await openBlobStore(pathToFileURL(directory).href);
  });
  afterEach(() => rm(directory, { recursive: true }));

  async function keep(metadata: Record<string, string>): Promise<BlobStat> {
    await store.put(key, Buffer.from("x"), { contentType: "image/png", metadata, ifAbsent: true });
    const stat = await store.stat(key);
    if (stat === undefined) throw new Error("not stored");
    return stat;
  }

  it("belongs only to the tenant that stored it", async () => {
    const stat = await keep({ tenant_id: "first" });
    expect(await isHeldBy(store, { stat, prefix, tenantId: "first" })).toBe(true);
    expect(await isHeldBy(store, { stat, prefix, tenantId: "second" })).toBe(false);
  });

  it("also belongs to another tenant that stores it, recorded once", async () => {
    const stat = await keep({ tenant_id: "first" });
    for (const tenantId of ["second", "second", "first"]) await noteHolder(store, { stat, prefix, tenantId });
    expect(await isHeldBy(store, { stat, prefix, tenantId: "first" })).toBe(true);
    expect(await isHeldBy(store, { stat, prefix, tenantId: "second" })).toBe(true);
    expect(await isHeldBy(store, { stat, prefix, tenantId: "third" })).toBe(false);
    const stored = (await collect(store.list(""))).map((found) => found.key);
    expect(stored).toEqual(["kept/also_of=second/day=1/ab.png", key]);
  });

  it("belongs to every tenant if it names no tenant", async () => {
    const stat = await keep({});
    expect(await isHeldBy(store, { stat, prefix, tenantId: "anyone" })).toBe(true);
  });
});

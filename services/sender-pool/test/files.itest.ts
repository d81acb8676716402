import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { type BlobStore, noteHolder, openBlobStore } from "@mio/blob";
import { newId } from "@mio/envelope";
import { type DeliveryReceipt, DeliveryReceipt_State } from "@mio/proto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { openPoolFixture, type PoolFixture, type RunningPool } from "./pool-fixture.ts";
import { type ScriptedPlatform, scriptedPlatform } from "./scripted-platform.ts";

const { SENT, FAILED } = DeliveryReceipt_State;
const prefix = "mio/attachments/";

let fixture: PoolFixture;
let directory: string;
let blobs: BlobStore;
beforeAll(async () => {
  fixture = await openPoolFixture();
  directory = await mkdtemp(join(tmpdir(), "mio-pool-blobs-"));
  blobs = await openBlobStore(pathToFileURL(directory).href);
});
afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
  await fixture[Symbol.asyncDispose]();
});

let pool: RunningPool;
afterEach(() => pool.stop());

/** A pool on a platform that reads every file it is given; what it read is in the second place. */
async function startReading(env: Record<string, string> = {}): Promise<[ScriptedPlatform, string[]]> {
  const read: string[] = [];
  const platform = scriptedPlatform({ capabilities: { allowedAttachments: ["file"] } });
  platform.answer = async ({ command, context }) => {
    for (const attachment of command.attachments) {
      const { body, bytes, contentType } = await context.openAttachment(attachment);
      const content = await buffer(body);
      read.push(`${contentType} ${bytes} ${content.length} ${content.subarray(0, 12).toString()}`);
    }
    return { externalIds: [`x-${command.id}`] };
  };
  pool = await fixture.startPool({
    channels: [platform.channel],
    env: { MIO_BLOB_URL: pathToFileURL(directory).href, ...env },
  });
  return [platform, read];
}

/** Stores a file as the media vault does, and returns its storage key. */
async function keep(content: string | Uint8Array, options: { tenantId?: string; key?: string } = {}) {
  const { tenantId = fixture.tenantId, key = `${prefix}${newId()}.txt` } = options;
  const metadata = { tenant_id: tenantId };
  const put = { contentType: "text/plain", metadata, ifAbsent: true } as const;
  await blobs.put(key, Buffer.from(content), put);
  return { key, storageKey: blobs.uri(key) };
}

async function send(storageKey: string): Promise<DeliveryReceipt> {
  const command = fixture.command({ attachments: [{ storageKey, filename: "f.txt" }] });
  await fixture.publish(command);
  return await fixture.receipt(command.id);
}

const refused = { state: FAILED, reason: "invalid", code: "delivery.permanent" };

describe("a kept file", () => {
  it("reaches the platform with its bytes, length and type, however large", async () => {
    const [, read] = await startReading();
    expect(await send((await keep("small")).storageKey)).toMatchObject({ state: SENT });
    const large = Buffer.alloc(5_000_000, "large");
    expect(await send((await keep(large)).storageKey)).toMatchObject({ state: SENT });
    expect(await send((await keep("")).storageKey)).toMatchObject({ state: SENT });
    expect(read).toEqual([
      "text/plain 5 5 small",
      "text/plain 5000000 5000000 largelargela",
      "text/plain 0 0 ",
    ]);
  });

  it("of another tenant is as good as none, until this one brings it too", async () => {
    const [, read] = await startReading();
    const tenantId = newId();
    const { key, storageKey } = await keep("theirs", { tenantId });
    expect(await send(storageKey)).toMatchObject(refused);
    expect(read).toEqual([]);
    const stat = await blobs.stat(key);
    if (stat === undefined) throw new Error("not kept");
    await noteHolder(blobs, { stat, prefix, tenantId: fixture.tenantId });
    expect(await send(storageKey)).toMatchObject({ state: SENT });
  });

  it("that is not there, or that is not an attachment, is refused", async () => {
    const [, read] = await startReading();
    expect(await send(blobs.uri(`${prefix}nothing.txt`))).toMatchObject(refused);
    expect(await send((await keep("secret", { key: "other/secret.txt" })).storageKey)).toMatchObject(refused);
    const { storageKey } = await keep("x");
    for (const stranger of [
      "file:///etc/passwd",
      `${blobs.uri(`${prefix}x`)}/../../../other/secret.txt`,
      storageKey.replace("mio/", "mio/../mio/"),
      storageKey.replace("file:", "http:"),
      "gs://bucket/mio/attachments/x.txt",
    ]) {
      expect(await send(stranger)).toMatchObject(refused);
    }
    expect(read).toEqual([]);
  });

  it("that is too large is refused", async () => {
    const [, read] = await startReading({ MIO_SENDER_MAX_FILE_BYTES: "4" });
    const tooLong = { ...refused, reason: "too_long" };
    expect(await send((await keep("12345")).storageKey)).toMatchObject(tooLong);
    expect(await send((await keep("1234")).storageKey)).toMatchObject({ state: SENT });
    expect(read).toHaveLength(1);
  });

  it("is looked for below the prefix that is set", async () => {
    await startReading({ MIO_STORAGE_PREFIX: "elsewhere" });
    expect(await send((await keep("x")).storageKey)).toMatchObject(refused);
    const { storageKey } = await keep("x", { key: "elsewhere/x.txt" });
    expect(await send(storageKey)).toMatchObject({ state: SENT });
  });

  it("is refused by a pool without a store, which names the setting", async () => {
    const platform = scriptedPlatform({ capabilities: { allowedAttachments: ["file"] } });
    platform.answer = async ({ command, context }) => {
      for (const attachment of command.attachments) await context.openAttachment(attachment);
      return { externalIds: [] };
    };
    pool = await fixture.startPool({ channels: [platform.channel] });
    expect(await send((await keep("x")).storageKey)).toMatchObject(refused);
    const [line] = pool.logs.matching({ msg: "delivery.call_failed" });
    expect(JSON.stringify(line)).toContain("MIO_BLOB_URL");
  });
});

import { buffer } from "node:stream/consumers";
import { create } from "@bufbuild/protobuf";
import type { BlobStat, BlobStore } from "@mio/blob";
import { MioError } from "@mio/failure";
import { systemClock, type Timers } from "@mio/pacing";
import { AttachmentSchema } from "@mio/proto";
import { aCommand } from "@mio/testkit";
import { describe, expect, it } from "vitest";
import { createKeptFiles } from "./kept-files.ts";

const prefix = "kept/";
const command = aCommand();
const attachment = create(AttachmentSchema, { storageKey: "kept/a" });
const { signal } = new AbortController();

const stat: BlobStat = {
  key: "kept/a",
  bytes: 4,
  contentType: "text/plain",
  metadata: { tenant_id: command.tenantId.toLowerCase() },
  storedAt: new Date(0),
};

type Store = Pick<BlobStore, "keyOf" | "stat" | "open">;

async function* chunks(...parts: readonly (string | Error)[]): AsyncGenerator<Uint8Array, void, undefined> {
  for (const part of parts) {
    if (part instanceof Error) throw part;
    yield Buffer.from(part);
  }
}

function filesOf(store: Partial<Store>, clock: Timers = systemClock) {
  const blobs: Store = {
    keyOf: (uri) => uri,
    stat: async () => stat,
    open: async () => chunks("ab", "cd"),
    ...store,
  };
  return createKeptFiles({ blobs, prefix, maxBytes: 10, clock })(command, signal);
}

const down = new MioError("blob.unavailable", "down", { retry: "soon" });

describe("opening a kept file", () => {
  it("gives all its bytes", async () => {
    using files = filesOf({});
    const { body, bytes, contentType } = await files.open(attachment);
    expect({ bytes, contentType }).toEqual({ bytes: 4, contentType: "text/plain" });
    expect((await buffer(body)).toString()).toBe("abcd");
  });

  it("sends nothing of the store but attachments", async () => {
    const asked: string[] = [];
    using files = filesOf({
      stat: async (key) => {
        asked.push(key);
        return stat;
      },
    });
    const elsewhere = create(AttachmentSchema, { storageKey: "backups/all" });
    await expect(files.open(elsewhere)).rejects.toMatchObject({ kind: "permanent", reason: "invalid" });
    expect(asked).toEqual([]);
  });

  it("looks whose it is", async () => {
    using files = filesOf({
      stat: async (key) => (key === "kept/a" ? { ...stat, metadata: { tenant_id: "another" } } : undefined),
    });
    await expect(files.open(attachment)).rejects.toMatchObject({ kind: "permanent", reason: "invalid" });
  });

  it.each<[string, Partial<Store>]>([
    ["gives no answer", { stat: () => Promise.reject(down) }],
    ["opens nothing", { open: () => Promise.reject(down) }],
    ["cannot read", { open: async () => chunks(down) }],
    ["breaks in another way", { stat: () => Promise.reject(new TypeError("oops")) }],
  ])("can be tried again when the store %s, before anything is posted", async (_, store) => {
    using files = filesOf(store);
    await expect(files.open(attachment)).rejects.toMatchObject({ kind: "transient", reason: "network" });
  });

  it("does not wait for a store that hangs", async () => {
    const waits: number[] = [];
    const after: Timers["after"] = (ms, ring) => {
      waits.push(ms);
      return systemClock.after(0, ring);
    };
    using files = filesOf({ stat: () => new Promise(() => undefined) }, { after });
    await expect(files.open(attachment)).rejects.toMatchObject({ kind: "transient", reason: "network" });
    expect(waits).toEqual([10_000]);
  });

  it("closes unread files, and is not delayed by one that cannot be closed", async () => {
    let isClosed = false;
    const body = (async function* () {
      try {
        yield* chunks("ab", "cd");
      } finally {
        isClosed = true;
      }
    })();
    {
      using files = filesOf({ open: async () => body });
      await files.open(attachment);
    }
    await expect.poll(() => isClosed).toBe(true);
  });
});

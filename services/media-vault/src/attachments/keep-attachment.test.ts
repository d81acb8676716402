import { mkdtemp, readdir, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { type BlobStore, isHeldBy, openBlobStore } from "@mio/blob";
import { AttachmentError, type AttachmentFetcher } from "@mio/channel-kit";
import { MioError } from "@mio/failure";
import { createBackoff } from "@mio/pacing";
import { AttachmentSchema, Attachment_ErrorCode as Code } from "@mio/proto";
import { aMessage, eventually } from "@mio/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { accessBySettings } from "../account-access.ts";
import { createDownloadSlots } from "./download-slots.ts";
import { createKeepAttachment, type KeepAttachmentOptions } from "./keep-attachment.ts";

let directory = "";
let blobs: BlobStore;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "mio-keep-"));
  blobs = await openBlobStore(pathToFileURL(directory).href);
});
afterEach(() => rm(directory, { recursive: true }));

/** A clock that advances only by sleeping. */
function fakeClock() {
  let now = Date.parse("2026-05-09T12:00:00Z");
  return {
    now: () => new Date(now),
    sleep: async (ms: number) => {
      now += ms;
    },
  };
}

type Fetch = AttachmentFetcher["fetch"];
const answer = (text: string, contentType: string | undefined = "image/png", contentLength?: number) => ({
  body: (async function* () {
    yield Buffer.from(text);
  })(),
  contentType,
  contentLength,
});

function keeperOf(fetch: Fetch | undefined, overrides: Partial<KeepAttachmentOptions> = {}) {
  return createKeepAttachment({
    fetcherOf: () => fetch && { fetch },
    accessOf: accessBySettings,
    blobs,
    slots: createDownloadSlots({ total: 2, perAccount: 2, perHost: 2 }),
    prefix: "mio/attachments/",
    spoolDirectory: tmpdir(),
    maxBytes: 16,
    timeoutMs: 10_000,
    budgetMs: 60_000,
    backoff: createBackoff({ baseMs: 1_000, maxMs: 15_000, random: () => 0.9 }),
    clock: fakeClock(),
    ...overrides,
  });
}

const never = () => new Promise<never>(() => {});
/** A deadline for hanging work. On a busy machine other work may take many times its usual two milliseconds. */
const shortMs = 500;
const message = aMessage({ receivedAt: timestampFromDate(new Date("2026-05-09T12:00:00Z")) });
const attachment = create(AttachmentSchema, { url: "https://x/y", filename: "y.bin", mime: "image/gif" });
const task = { attachment, index: 0, message };
const { signal } = new AbortController();
const sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const key = `mio/attachments/channel_type=zoho_cliq/date=2026-05-09/ba/${sha256}.png`;

describe("keeping an attachment", () => {
  it("stores the bytes under their hash and returns the location", async () => {
    const keeping = await keeperOf(async () => answer("abc"))(task, signal);
    expect(keeping).toMatchObject({
      kind: "kept",
      storageKey: pathToFileURL(join(directory, key)).href,
      sha256,
      bytes: 3,
      mime: "image/png",
      isNew: true,
      attempts: 1,
    });
    expect(await blobs.stat(key)).toMatchObject({
      bytes: 3,
      contentType: "image/png",
      metadata: { message_id: message.id, object_key: key, content_sha256: sha256 },
    });
  });

  it("stores the same bytes once", async () => {
    const keep = keeperOf(async () => answer("abc"));
    const keepings = await Promise.all([keep(task, signal), keep(task, signal)]);
    expect(keepings.map((keeping) => keeping.kind === "kept" && keeping.isNew).sort()).toEqual([false, true]);
  });

  it("uses the attachment's own type if the platform sends none", async () => {
    const keeping = await keeperOf(async () => ({ ...answer("abc"), contentType: undefined }))(task, signal);
    expect(keeping).toMatchObject({ mime: "image/gif", storageKey: expect.stringMatching(/\.gif$/) });
  });

  it.each([
    ["announced", () => answer("abc", "image/png", 17)],
    ["sent", () => answer("17 bytes, no less", "image/png", 3)],
  ])("rejects more bytes than allowed when %s", async (_how, reply) => {
    const keeping = await keeperOf(async () => reply())(task, signal);
    expect(keeping).toMatchObject({ kind: "missing", wireCode: Code.TOO_LARGE, attempts: 1 });
    expect(await blobs.stat(key)).toBeUndefined();
  });

  it("frees the connection of a body announced as too long", async () => {
    let isEnded = false;
    const body = (async function* () {
      try {
        for (;;) yield Buffer.from("x");
      } finally {
        isEnded = true;
      }
    })();
    await keeperOf(async () => ({ body, contentType: "x/y", contentLength: 17 }))(task, signal);
    expect(isEnded).toBe(true);
  });

  it("reports a channel without a fetcher", async () => {
    const keeping = await keeperOf(undefined)(task, signal);
    expect(keeping).toMatchObject({ wireCode: Code.FORBIDDEN, outcome: "no_fetcher", attempts: 0 });
  });
});

describe("retries", () => {
  const passing = new AttachmentError({ wireCode: Code.TIMEOUT, message: "502", retryable: true });

  it("store an attachment after transient failures", async () => {
    const failures: unknown[] = [passing, new TypeError("terminated")];
    const keeping = await keeperOf(async () => {
      if (failures.length > 0) throw failures.shift();
      return answer("abc");
    })(task, signal);
    expect(keeping).toMatchObject({ kind: "kept", attempts: 3 });
  });

  it("start over when the body breaks off", async () => {
    let calls = 0;
    const keeping = await keeperOf(async () => {
      calls += 1;
      if (calls > 1) return answer("abc");
      const body = (async function* () {
        yield Buffer.from("ab");
        throw new TypeError("terminated");
      })();
      return { ...answer(""), body };
    })(task, signal);
    expect(keeping).toMatchObject({ kind: "kept", sha256, bytes: 3, attempts: 2 });
  });

  it("continue while the store is down", async () => {
    let puts = 0;
    const flaky: Pick<BlobStore, "put" | "stat" | "uri"> = {
      uri: blobs.uri,
      stat: blobs.stat,
      put: (...args) => {
        puts += 1;
        if (puts === 1) throw new MioError("blob.unavailable", "down", { retry: "soon" });
        return blobs.put(...args);
      },
    };
    const keeping = await keeperOf(async () => answer("abc"), { blobs: flaky })(task, signal);
    expect(keeping).toMatchObject({ kind: "kept", attempts: 2 });
  });

  it("record a second tenant with the same bytes, so that both may send them", async () => {
    const keep = keeperOf(async () => answer("abc"));
    const tenantId = "0199aaaa-0000-7000-8000-00000000000a";
    await keep(task, signal);
    await keep({ ...task, message: { ...message, tenantId } }, signal);
    const stat = await blobs.stat(key);
    if (stat === undefined) throw new Error("not kept");
    const prefix = "mio/attachments/";
    expect(await isHeldBy(blobs, { stat, prefix, tenantId: message.tenantId })).toBe(true);
    expect(await isHeldBy(blobs, { stat, prefix, tenantId })).toBe(true);
    expect(await isHeldBy(blobs, { stat, prefix, tenantId: "another" })).toBe(false);
  });

  it("end when the budget is spent, with the last reason", async () => {
    const clock = fakeClock();
    const startedAt = clock.now().getTime();
    const endless = new AbortController();
    let tries = 0;
    const fetch: Fetch = async () => {
      tries += 1;
      if (tries === 100) endless.abort(new Error("it retries without end"));
      throw passing;
    };
    const keeping = await keeperOf(fetch, { clock })(task, endless.signal);
    expect(keeping).toMatchObject({ kind: "missing", wireCode: Code.TIMEOUT, outcome: "timeout" });
    expect(keeping.attempts).toBeGreaterThan(4);
    expect(clock.now().getTime() - startedAt).toBeLessThanOrEqual(60_000);
  });

  it("do not repeat a permanent failure", async () => {
    const gone = new AttachmentError({ wireCode: Code.EXPIRED, message: "expired", retryable: false });
    const keeping = await keeperOf(async () => Promise.reject(gone))(task, signal);
    expect(keeping).toMatchObject({ kind: "missing", wireCode: Code.EXPIRED, attempts: 1 });
  });

  it("limit the time of each attempt, even if the body hangs", async () => {
    const hanging = (async function* (): AsyncGenerator<Uint8Array> {
      await new Promise(() => {});
    })();
    const keep = keeperOf(async () => ({ ...answer(""), body: hanging }), {
      timeoutMs: shortMs,
      budgetMs: 0,
    });
    expect(await keep(task, signal)).toMatchObject({ kind: "missing", outcome: "timeout" });
  });

  it("release the slot between attempts", async () => {
    const slots = createDownloadSlots({ total: 1, perAccount: 1, perHost: 1 });
    const clock = {
      ...fakeClock(),
      sleep: async () => {
        expect(slots.taken).toBe(0);
        throw new Error("slept");
      },
    };
    const keep = keeperOf(async () => Promise.reject(passing), { slots, clock });
    await expect(keep(task, signal)).rejects.toThrow("slept");
  });

  it("end with the signal's reason when the process stops", async () => {
    const abort = new AbortController();
    const keep = keeperOf(async () => {
      abort.abort(new Error("stopping"));
      throw passing;
    });
    await expect(keep(task, abort.signal)).rejects.toThrow("stopping");
  });
});

/** Open files of this process below a folder, named or unlinked. */
async function openFilesBelow(folder: string): Promise<string[]> {
  const descriptors = await readdir("/proc/self/fd");
  const links = descriptors.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => ""));
  return (await Promise.all(links)).filter((link) => link.startsWith(folder));
}

describe.skipIf(process.platform !== "linux")("the spooled file", () => {
  it.each([
    ["kept", {}, "kept"],
    ["too large", { maxBytes: 2 }, "missing"],
    [
      "not stored",
      { timeoutMs: shortMs, budgetMs: 0, blobs: { put: never, stat: never, uri: String } },
      "missing",
    ],
  ])("is closed when the attachment is %s", async (_how, options, kind) => {
    const spoolDirectory = await mkdtemp(join(tmpdir(), "mio-spool-"));
    const keep = keeperOf(async () => answer("abc"), { spoolDirectory, ...options });
    expect(await keep(task, signal)).toMatchObject({ kind });
    await eventually(async () => expect(await openFilesBelow(spoolDirectory)).toEqual([]));
    await rm(spoolDirectory, { recursive: true });
  });
});

describe("deadlines", () => {
  const hangs: readonly [string, Partial<KeepAttachmentOptions> & { readonly fetch?: Fetch }, object][] = [
    ["the credentials", { accessOf: never }, { wireCode: Code.TIMEOUT, outcome: "timeout" }],
    ["the fetch", { fetch: never }, { wireCode: Code.TIMEOUT, outcome: "timeout" }],
    [
      "the store",
      { blobs: { put: never, stat: never, uri: (name) => name } },
      { wireCode: Code.STORAGE, outcome: "storage_error" },
    ],
    [
      "the lookup of an existing object",
      { blobs: { put: async () => ({ kind: "exists" }), stat: never, uri: (name) => name } },
      { wireCode: Code.STORAGE, outcome: "storage_error" },
    ],
  ];

  it.each(hangs)("end an attempt when %s hangs, and release its slot", async (_what, world, expected) => {
    const slots = createDownloadSlots({ total: 1, perAccount: 1, perHost: 1 });
    const { fetch = async () => answer("abc"), ...options } = world;
    const keep = keeperOf(fetch, { slots, timeoutMs: shortMs, budgetMs: 0, ...options });
    expect(await keep(task, signal)).toMatchObject({ kind: "missing", attempts: 1, ...expected });
    expect(slots.taken).toBe(0);
  });

  it.each(hangs)("allow the process to stop when %s hangs", async (_what, world) => {
    const abort = new AbortController();
    const { fetch = async () => answer("abc"), ...options } = world;
    const keeping = keeperOf(fetch, options)(task, abort.signal);
    setImmediate(() => abort.abort(new Error("stopping")));
    await expect(keeping).rejects.toThrow("stopping");
  });

  it("count the budget from the first attempt, not from the wait for a slot", async () => {
    const slots = createDownloadSlots({ total: 1, perAccount: 1, perHost: 1 });
    const clock = fakeClock();
    const blocking = await slots.acquire({ accountId: "x", host: "x" }, signal);
    const failures = [new TypeError("terminated")];
    const keeping = keeperOf(
      async () => {
        const failure = failures.shift();
        if (failure !== undefined) throw failure;
        return answer("abc");
      },
      { slots, clock },
    )(task, signal);
    await clock.sleep(3_600_000);
    blocking[Symbol.dispose]();
    expect(await keeping).toMatchObject({ kind: "kept", attempts: 2 });
  });

  it("give each account and host its slots", async () => {
    const asked: unknown[] = [];
    const slots = createDownloadSlots({ total: 1, perAccount: 1, perHost: 1 });
    const acquire: typeof slots.acquire = (key, until) => {
      asked.push(key);
      return slots.acquire(key, until);
    };
    const keep = keeperOf(async () => answer("abc"), { slots: { ...slots, acquire } });
    await keep(task, signal);
    const noAddress = { ...task, attachment: create(AttachmentSchema, { url: "no address" }) };
    await keep(noAddress, signal);
    expect(asked).toEqual([
      { accountId: message.accountId, host: "x" },
      { accountId: message.accountId, host: "" },
    ]);
  });
});

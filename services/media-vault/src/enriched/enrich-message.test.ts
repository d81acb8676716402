import type { Delivery, Publication } from "@mio/bus";
import { decodeMessage, encodeMessage } from "@mio/envelope";
import { MioError } from "@mio/failure";
import { createBackoff, systemClock } from "@mio/pacing";
import { Attachment_ErrorCode, Attachment_Kind, MessageRelation_Kind } from "@mio/proto";
import { createLogger, createMetrics } from "@mio/service-kit";
import { aMessage, captureLogs, type MessageFields } from "@mio/testkit";
import { describe, expect, it } from "vitest";
import type { KeepAttachment, Keeping } from "../attachments/keep-attachment.ts";
import { createMediaVaultEvents } from "../events.ts";
import { defineMediaVaultMetrics } from "../media-vault-metrics.ts";
import { createPersist } from "../persist.ts";
import type { AttachmentQueue } from "../queue/attachment-queue.ts";
import type { Search } from "./already-enriched.ts";
import { createEnrichMessage } from "./enrich-message.ts";
import { createPublishEnriched } from "./publish-enriched.ts";

const kept: Keeping = {
  kind: "kept",
  storageKey: "file:///blobs/k.png",
  sha256: "ab01",
  bytes: 3,
  mime: "image/png",
  filename: "y.png",
  isNew: true,
  storeMs: 1,
  attempts: 1,
};
const missing: Keeping = {
  kind: "missing",
  wireCode: Attachment_ErrorCode.EXPIRED,
  outcome: "expired",
  isTransient: false,
  reason: "expired",
  attempts: 1,
};

interface Overrides {
  readonly keepAttachment?: KeepAttachment;
  readonly refusals?: MioError[];
  /** How many times the queue reports an earlier message. */
  readonly precursorRounds?: number;
}

function vaultOf({ keepAttachment = async () => kept, refusals = [], precursorRounds = 0 }: Overrides = {}) {
  const published: Publication[] = [];
  const logs = captureLogs();
  const metrics = createMetrics({ processMetrics: false });
  const logger = createLogger({ service: "media-vault", level: "info", destination: logs.destination });
  const events = createMediaVaultEvents(logger, defineMediaVaultMetrics(metrics, { taken: 0, waiting: 0 }));
  const clock = { ...systemClock, sleep: () => Promise.resolve() };
  const persist = createPersist({ clock, backoff: createBackoff({ baseMs: 1, maxMs: 2 }) });
  const publisher = {
    publish: async (publication: Publication) => {
      const refusal = refusals.shift();
      if (refusal !== undefined) throw refusal;
      published.push(publication);
      return { stream: "MESSAGES_INBOUND_ENRICHED", sequence: published.length, duplicate: false };
    },
  };
  const asked: number[] = [];
  const searches: boolean[] = [];
  const find = async ({ isRepeated }: Search) => void searches.push(isRepeated);
  const alreadyEnriched = { find, forget: () => {} };
  const queue: AttachmentQueue = {
    publicationOf: () => ({ subject: "", dedupId: "", payload: new Uint8Array() }),
    holdsTargetOf: async () => false,
    holdsPrecursorOf: async (_message, sequence) => asked.push(sequence) <= precursorRounds,
  };
  const publishEnriched = createPublishEnriched({ publisher, alreadyEnriched, persist, events });
  const handler = createEnrichMessage({
    ...{ keepAttachment, queue, publishEnriched, persist, events, clock },
    names: { complete: async () => false },
  });
  const { signal } = new AbortController();
  let passes = 0;
  const runEarlierFirst = async () => {
    passes += 1;
    expect(published).toEqual([]);
  };
  return {
    published,
    logs,
    metrics,
    asked,
    searches,
    passes: () => passes,
    handle: (delivery: Delivery, attempt = 1) =>
      handler(delivery, { signal, attempt, runEarlierFirst, queuedBehind: () => [] }),
  };
}

function deliveryOf(payload: Uint8Array): Delivery {
  return {
    subject: "mio.attachments.zoho_cliq.a.c.hash",
    payload,
    headers: { get: () => undefined, entries: () => [] },
    streamSequence: 7,
    deliveryCount: 1,
    timestamp: new Date(),
    pinEpoch: undefined,
  };
}
const delivered = (fields: MessageFields = {}) => deliveryOf(encodeMessage(aMessage(fields)));

/** Field 1999 with the text "new", unknown to this version. */
const unknownField = Uint8Array.of(0xfa, 0x7c, 0x03, 0x6e, 0x65, 0x77);
const picture = { url: "https://x/y.png", filename: "y.png" };

describe("an event without attachments", () => {
  it("is published with its original bytes", async () => {
    const vault = vaultOf();
    const payload = Buffer.concat([encodeMessage(aMessage()), unknownField]);
    expect(await vault.handle(deliveryOf(payload))).toEqual({ kind: "done" });
    expect(vault.published[0]?.payload).toBe(payload);
  });

  it("is published on the enriched subject under the message's id", async () => {
    const vault = vaultOf();
    await vault.handle(delivered({ id: "m1", accountId: "a", conversationId: "c" }));
    expect(vault.published[0]).toMatchObject({
      subject: "mio.inbound_enriched.zoho_cliq.a.c",
      dedupId: "enr:m1",
    });
  });
});

describe("a message with attachments", () => {
  it("is published with the outcome of each, in place", async () => {
    const results = [kept, missing];
    const vault = vaultOf({ keepAttachment: async ({ index }) => results[index] ?? missing });
    await vault.handle(delivered({ attachments: [picture, { ...picture, filename: "z.png" }] }));
    const { attachments } = decodeMessage(vault.published[0]?.payload ?? new Uint8Array());
    expect(attachments).toMatchObject([
      {
        url: "https://x/y.png",
        filename: "y.png",
        storageKey: "file:///blobs/k.png",
        contentSha256: "ab01",
        bytes: 3n,
        mime: "image/png",
        errorCode: Attachment_ErrorCode.OK,
      },
      { filename: "z.png", storageKey: "", errorCode: Attachment_ErrorCode.EXPIRED },
    ]);
  });

  it("has the name and kind from the platform's response to the download", async () => {
    const vault = vaultOf({ keepAttachment: async () => ({ ...kept, filename: "found.png" }) });
    const stub = { url: "https://x/info?file=F1", mime: "", filename: "", kind: Attachment_Kind.UNSPECIFIED };
    await vault.handle(delivered({ attachments: [stub] }));
    const { attachments } = decodeMessage(vault.published[0]?.payload ?? new Uint8Array());
    expect(attachments).toMatchObject([{ filename: "found.png", kind: Attachment_Kind.IMAGE }]);
  });

  it("keeps unknown fields", async () => {
    const vault = vaultOf();
    const payload = Buffer.concat([encodeMessage(aMessage({ attachments: [picture] })), unknownField]);
    await vault.handle(deliveryOf(payload));
    expect(Buffer.from(vault.published[0]?.payload ?? []).includes(unknownField)).toBe(true);
  });

  it("skips attachments that are already stored", async () => {
    const vault = vaultOf({ keepAttachment: () => Promise.reject(new Error("must not be called")) });
    const delivery = delivered({ attachments: [{ ...picture, storageKey: "gs://b/k" }] });
    await vault.handle(delivery);
    expect(vault.published[0]?.payload).toBe(delivery.payload);
  });

  it("is logged in one line with its attachments", async () => {
    const results = [kept, missing];
    const vault = vaultOf({ keepAttachment: async ({ index }) => results[index] ?? missing });
    await vault.handle(delivered({ id: "m1", attachments: [picture, picture] }));
    expect(vault.logs.lines).toHaveLength(1);
    expect(vault.logs.lines[0]).toMatchObject({
      msg: "message.enriched",
      outcome: "published",
      message_id: "m1",
      attachments: [
        { outcome: "ok", bytes: 3 },
        { outcome: "expired", reason: "expired" },
      ],
    });
    const text = await vault.metrics.text();
    expect(text).toContain('mio_attachment_downloaded_total{channel_type="zoho_cliq",outcome="expired"} 1');
    expect(text).toContain('mio_attachment_bytes_total{channel_type="zoho_cliq"} 3');
    expect(text).toContain('mio_attachment_storage_duration_seconds_count{backend="file",op="put"} 1');
  });
});

describe("its turn", () => {
  it("comes once the queue has no earlier message; redelivered ones are handled meanwhile", async () => {
    const vault = vaultOf({ precursorRounds: 3 });
    const relation = { kind: MessageRelation_Kind.EDIT, targetExternalId: "p" };
    await vault.handle(delivered({ relation }));
    expect(vault.asked).toEqual([7, 7, 7, 7]);
    expect(vault.passes()).toBe(3);
    expect(vault.published).toHaveLength(1);
  });
});

describe("a message that was delivered too often", () => {
  it("is published without its attachments", async () => {
    let fetches = 0;
    const vault = vaultOf({
      keepAttachment: async () => {
        fetches += 1;
        return kept;
      },
    });
    const delivery = delivered({ attachments: [picture] });
    await vault.handle(delivery, 10);
    expect(fetches).toBe(1);
    await vault.handle(delivery, 11);
    expect(fetches).toBe(1);
    const { attachments } = decodeMessage(vault.published[1]?.payload ?? new Uint8Array());
    expect(attachments).toMatchObject([{ storageKey: "", errorCode: Attachment_ErrorCode.TIMEOUT }]);
  });
});

describe("failures", () => {
  it("retries the publication until the stream has it, without fetching again", async () => {
    const down = () => new MioError("bus.unavailable", "down", { retry: "soon" });
    let fetches = 0;
    const vault = vaultOf({
      refusals: Array.from({ length: 20 }, down),
      keepAttachment: async () => {
        fetches += 1;
        return kept;
      },
    });
    expect(await vault.handle(delivered({ attachments: [picture] }))).toEqual({ kind: "done" });
    expect(fetches).toBe(1);
    expect(vault.logs.matching({ msg: "message.delayed" })).toHaveLength(1);
  });

  it("rejects on a permanent refusal", async () => {
    const vault = vaultOf({ refusals: [new MioError("bus.too_large", "too large")] });
    await expect(vault.handle(delivered())).rejects.toMatchObject({ code: "bus.too_large" });
  });

  it("rejects an invalid message, or one without an address", async () => {
    const vault = vaultOf();
    const broken = deliveryOf(Uint8Array.of(0xff, 0xff));
    await expect(vault.handle(broken)).rejects.toMatchObject({ code: "envelope.undecodable" });
    await expect(vault.handle(delivered({ id: "" }))).rejects.toMatchObject({ code: "envelope.invalid" });
    expect(vault.published).toEqual([]);
  });
});

it.each([
  [1, false],
  [2, true],
])("searches for an earlier publication at delivery %i: %s", async (deliveryCount, expected) => {
  const vault = vaultOf();
  await vault.handle({ ...delivered(), deliveryCount });
  expect(vault.searches).toEqual([expected]);
});

import type { Delivery, Publication } from "@mio/bus";
import { encodeMessage } from "@mio/envelope";
import { MioError } from "@mio/failure";
import { createBackoff, systemClock } from "@mio/pacing";
import type { Message } from "@mio/proto";
import { createLogger, createMetrics } from "@mio/service-kit";
import { aMessage, captureLogs, type MessageFields } from "@mio/testkit";
import { describe, expect, it } from "vitest";
import type { AlreadyEnriched, Search } from "../enriched/already-enriched.ts";
import { createPublishEnriched } from "../enriched/publish-enriched.ts";
import { createMediaVaultEvents } from "../events.ts";
import { defineMediaVaultMetrics } from "../media-vault-metrics.ts";
import { createPersist } from "../persist.ts";
import type { AttachmentQueue } from "../queue/attachment-queue.ts";
import type { Inbound } from "./inbound-order.ts";
import { createReadInbound } from "./read-inbound.ts";

interface Overrides {
  readonly refusals?: MioError[];
  readonly holdsTargetOf?: (message: Message) => Promise<boolean>;
  readonly earlier?: readonly Inbound[];
}

function vaultOf({ refusals = [], holdsTargetOf = async () => false, earlier = [] }: Overrides = {}) {
  const published: Publication[] = [];
  const opened: string[] = [];
  const logs = captureLogs();
  const metrics = createMetrics({ processMetrics: false });
  const logger = createLogger({ service: "media-vault", level: "info", destination: logs.destination });
  const events = createMediaVaultEvents(logger, defineMediaVaultMetrics(metrics, { taken: 0, waiting: 0 }));
  const clock = {
    ...systemClock,
    sleep: async (_ms: number, until?: AbortSignal) => until?.throwIfAborted(),
  };
  const persist = createPersist({ clock, backoff: createBackoff({ baseMs: 1, maxMs: 2 }) });
  const publisher = {
    publish: async (publication: Publication) => {
      const refusal = refusals.shift();
      if (refusal !== undefined) throw refusal;
      published.push(publication);
      return { stream: "any", sequence: published.length, duplicate: false };
    },
  };
  const searches: Search[] = [];
  const find = async (search: Search) => void searches.push(search);
  const alreadyEnriched: AlreadyEnriched = { find, forget: () => {} };
  const queue: AttachmentQueue = {
    publicationOf: ({ id }, payload) => ({ subject: "queue", dedupId: id, payload }),
    holdsTargetOf,
    holdsPrecursorOf: async () => false,
  };
  const handler = createReadInbound({
    order: {
      laneOf: ({ subject }) => subject,
      earlierThan: async function* () {
        yield* earlier;
      },
    },
    queue,
    names: { complete: async () => false },
    publisher,
    publishEnriched: createPublishEnriched({ publisher, alreadyEnriched, persist, events }),
    persist,
    events,
    onQueued: (accountId) => opened.push(accountId),
  });
  const stopping = new AbortController();
  const { signal } = stopping;
  return {
    published,
    searches,
    stop: () => stopping.abort(new Error("stopping")),
    opened,
    logs,
    metrics,
    handle: (delivery: Delivery) =>
      handler(delivery, { signal, attempt: 1, runEarlierFirst: async () => {}, queuedBehind: () => [] }),
  };
}

function deliveryOf(payload: Uint8Array): Delivery {
  return {
    subject: "mio.inbound.zoho_cliq.a.c",
    payload,
    headers: { get: () => undefined, entries: () => [] },
    streamSequence: 1,
    deliveryCount: 1,
    timestamp: new Date(),
    pinEpoch: undefined,
  };
}
const delivered = (fields: MessageFields = {}) => deliveryOf(encodeMessage(aMessage(fields)));

/** Field 1999 with the text "new", unknown to this version. */
const unknownField = Uint8Array.of(0xfa, 0x7c, 0x03, 0x6e, 0x65, 0x77);
const picture = { url: "https://x/y.png", filename: "y.png" };

describe("a message without attachments", () => {
  it("is published with its original bytes, under its own id", async () => {
    const vault = vaultOf();
    const payload = Buffer.concat([
      encodeMessage(aMessage({ id: "m1", accountId: "a", conversationId: "c" })),
      unknownField,
    ]);
    expect(await vault.handle(deliveryOf(payload))).toEqual({ kind: "done" });
    expect(vault.published).toEqual([
      { subject: "mio.inbound_enriched.zoho_cliq.a.c", dedupId: "enr:m1", payload: expect.anything() },
    ]);
    expect(vault.published[0]?.payload).toBe(payload);
    expect(vault.logs.matching({ msg: "message.enriched", message_id: "m1" })).toHaveLength(1);
    expect(vault.opened).toEqual([]);
  });

  it("includes one whose attachments are already stored", async () => {
    const vault = vaultOf();
    await vault.handle(delivered({ id: "m1", attachments: [{ ...picture, storageKey: "gs://b/k" }] }));
    expect(vault.published[0]?.dedupId).toBe("enr:m1");
  });
});

describe("a message with attachments", () => {
  it("is queued, and its account is read", async () => {
    const vault = vaultOf();
    const stored = { ...picture, storageKey: "gs://b/k" };
    const delivery = delivered({ id: "m1", accountId: "acc", attachments: [stored, picture] });
    expect(await vault.handle(delivery)).toEqual({ kind: "done" });
    expect(vault.published).toEqual([{ subject: "queue", dedupId: "m1", payload: delivery.payload }]);
    expect(vault.opened).toEqual(["acc"]);
    expect(await vault.metrics.text()).toContain(
      'mio_media_vault_messages_total{channel_type="zoho_cliq",outcome="queued"} 1',
    );
  });
});

describe("an event about a queued message", () => {
  it("is queued behind it", async () => {
    const vault = vaultOf({ holdsTargetOf: async ({ id }) => id === "edit" });
    await vault.handle(delivered({ id: "edit", accountId: "acc" }));
    await vault.handle(delivered({ id: "other", accountId: "acc" }));
    expect(vault.published.map(({ dedupId }) => dedupId)).toEqual(["edit", "enr:other"]);
    expect(vault.opened).toEqual(["acc"]);
  });

  it("waits while the queue cannot be queried", async () => {
    let left = 30;
    const vault = vaultOf({
      holdsTargetOf: async () => {
        if (left-- > 0) throw new MioError("bus.unavailable", "down", { retry: "soon" });
        return true;
      },
    });
    await vault.handle(delivered({ id: "edit" }));
    expect(vault.published.map(({ dedupId }) => dedupId)).toEqual(["edit"]);
  });
});

describe("earlier messages that may be unpublished", () => {
  const inbound = (fields: MessageFields): Inbound => ({
    payload: encodeMessage(aMessage(fields)),
    timestamp: new Date(),
    deliveryCount: 1,
  });

  it("are handled first, oldest first", async () => {
    const earlier = [inbound({ id: "m1" }), inbound({ id: "m2", attachments: [picture] })];
    const vault = vaultOf({ earlier });
    await vault.handle(delivered({ id: "m3" }));
    expect(vault.published.map(({ dedupId }) => dedupId)).toEqual(["enr:m1", "m2", "enr:m3"]);
    expect(vault.logs.matching({ msg: "message.enriched" })).toHaveLength(1);
  });

  it("do not delay others if they can never be published", async () => {
    const junk = { payload: Uint8Array.of(0xff, 0xff), timestamp: new Date(), deliveryCount: 1 };
    const vault = vaultOf({
      earlier: [junk, inbound({ id: "m1" })],
      refusals: [new MioError("bus.too_large", "too large")],
    });
    await vault.handle(delivered({ id: "m2" }));
    expect(vault.published.map(({ dedupId }) => dedupId)).toEqual(["enr:m2"]);
  });
});

describe("a stop", () => {
  it("publishes nothing before an earlier message that could not be published", async () => {
    const down = new MioError("bus.unavailable", "down", { retry: "soon" });
    const earlier = [{ payload: encodeMessage(aMessage()), timestamp: new Date(), deliveryCount: 1 }];
    const vault = vaultOf({ earlier, refusals: [down] });
    vault.stop();
    await expect(vault.handle(delivered())).rejects.toThrow("stopping");
    expect(vault.published).toEqual([]);
  });
});

describe("a redelivery", () => {
  it("is searched for on the enriched stream", async () => {
    const vault = vaultOf();
    const delivery = delivered({ id: "m1" });
    await vault.handle(delivery);
    await vault.handle({ ...delivery, deliveryCount: 2 });
    expect(vault.searches.map(({ isRepeated }) => isRepeated)).toEqual([false, true]);
    expect(vault.searches[0]?.storedAt).toBe(delivery.timestamp);
  });
});

describe("failures", () => {
  const down = () => new MioError("bus.unavailable", "down", { retry: "soon" });

  it.each([
    ["publishes", {}, "enr:m1"],
    ["queues", { attachments: [picture] }, "m1"],
  ])("%s until the stream has it, and reports the delay once", async (_what, fields, dedupId) => {
    const vault = vaultOf({ refusals: Array.from({ length: 30 }, down) });
    await vault.handle(delivered({ id: "m1", ...fields }));
    expect(vault.published.map((publication) => publication.dedupId)).toEqual([dedupId]);
    expect(vault.logs.matching({ msg: "message.delayed" })).toHaveLength(1);
  });

  it("rejects an invalid message, one without an address, and one that no stream accepts", async () => {
    const vault = vaultOf({ refusals: [new MioError("bus.too_large", "too large")] });
    const broken = deliveryOf(Uint8Array.of(0xff, 0xff));
    await expect(vault.handle(broken)).rejects.toMatchObject({ code: "envelope.undecodable" });
    await expect(vault.handle(delivered({ id: "" }))).rejects.toMatchObject({ code: "envelope.invalid" });
    await expect(vault.handle(delivered())).rejects.toMatchObject({ code: "bus.too_large" });
    expect(vault.published).toEqual([]);
  });
});

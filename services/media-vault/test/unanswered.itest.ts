import { type Bus, consume, consumers, type Publisher } from "@mio/bus";
import { MioError } from "@mio/failure";
import { createBackoff, systemClock } from "@mio/pacing";
import { createLogger, createMetrics } from "@mio/service-kit";
import { eventually } from "@mio/testkit";
import { expect, test } from "vitest";
import { createAlreadyEnriched } from "../src/enriched/already-enriched.ts";
import { createPublishEnriched } from "../src/enriched/publish-enriched.ts";
import { createMediaVaultEvents } from "../src/events.ts";
import { createInboundOrder } from "../src/inbound/inbound-order.ts";
import { createReadInbound } from "../src/inbound/read-inbound.ts";
import { defineMediaVaultMetrics } from "../src/media-vault-metrics.ts";
import { createPersist } from "../src/persist.ts";
import { createAttachmentQueue } from "../src/queue/attachment-queue.ts";
import { openVault } from "./vault-fixture.ts";

/** Simulates a change of the stream's leader: this publication is answered only when the latch opens. */
function losing(publisher: Publisher, dedupId: string, latch: Promise<void>): Publisher {
  let isLost = false;
  return {
    publish: async (publication, options) => {
      if (publication.dedupId !== dedupId || isLost) return await publisher.publish(publication, options);
      isLost = true;
      await latch;
      throw new MioError("bus.publish_timeout", "NATS did not answer in time.", { retry: "soon" });
    },
  };
}

function readerWith(bus: Bus, publisher: Publisher) {
  const persist = createPersist({
    clock: systemClock,
    backoff: createBackoff({ baseMs: 1, maxMs: 2 }),
  });
  const metrics = defineMediaVaultMetrics(createMetrics({ processMetrics: false }), { taken: 0, waiting: 0 });
  const events = createMediaVaultEvents(createLogger({ service: "test", level: "fatal" }), metrics);
  const consumer = consumers.mediaVault;
  const order = createInboundOrder(bus, { consumer, persist, onGap: () => {} });
  const handler = createReadInbound({
    order,
    queue: createAttachmentQueue(bus),
    names: { complete: async () => false },
    publisher,
    publishEnriched: createPublishEnriched({
      publisher,
      alreadyEnriched: createAlreadyEnriched(bus, systemClock),
      persist,
      events,
    }),
    persist,
    events,
    onQueued: () => {},
  });
  return consume({ bus, consumer, handler, maxInFlight: 100, orderBy: order.laneOf });
}

test("an unanswered publication delays its conversation, and no other", async () => {
  await using vault = await openVault();
  await vault.stop();
  const base = { accountId: "acc", conversationId: "busy" };
  const first = await vault.publish(base);
  const later = [await vault.publish(base), await vault.publish(base)];
  const elsewhere = await vault.publish({ ...base, conversationId: "elsewhere" });
  const latch = Promise.withResolvers<void>();
  const publisher = losing(vault.bus.publisher, `enr:${first.id}`, latch.promise);
  const stop = new AbortController();
  const running = readerWith(vault.bus, publisher).run(stop.signal);
  const ids = async () => (await vault.enriched()).map(({ id }) => id);
  await eventually(async () => expect(await ids()).toEqual([elsewhere.id]));
  latch.resolve();
  const inOrder = [elsewhere, first, ...later].map(({ id }) => id);
  await eventually(async () => expect(await ids()).toEqual(inOrder));
  stop.abort();
  await running;
});

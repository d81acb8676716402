import type { Publication } from "@mio/bus";
import { MioError } from "@mio/failure";
import { createBackoff } from "@mio/pacing";
import { createLogger, createMetrics } from "@mio/service-kit";
import { aMessage } from "@mio/testkit";
import { expect, it } from "vitest";
import { createMediaVaultEvents } from "../events.ts";
import { defineMediaVaultMetrics } from "../media-vault-metrics.ts";
import { createPersist } from "../persist.ts";
import type { Search } from "./already-enriched.ts";
import { createPublishEnriched } from "./publish-enriched.ts";

const message = aMessage({ id: "m1" });
const storedAt = new Date("2026-05-09T12:00:00Z");
const found = { stream: "MESSAGES_INBOUND_ENRICHED", sequence: 3, duplicate: true };
const { signal } = new AbortController();

function worldOf(answers: readonly ("found" | "absent")[], refusals: MioError[] = []) {
  const searches: Search[] = [];
  const published: Publication[] = [];
  const metrics = defineMediaVaultMetrics(createMetrics({ processMetrics: false }), { taken: 0, waiting: 0 });
  const clock = { now: () => new Date(), sleep: () => Promise.resolve() };
  const publish = createPublishEnriched({
    alreadyEnriched: {
      find: async (search) => {
        searches.push(search);
        return answers[searches.length - 1] === "found" ? found : undefined;
      },
      forget: () => {},
    },
    publisher: {
      publish: async (publication) => {
        published.push(publication);
        const refusal = refusals.shift();
        if (refusal !== undefined) throw refusal;
        return { stream: "MESSAGES_INBOUND_ENRICHED", sequence: 9, duplicate: false };
      },
    },
    persist: createPersist({ clock, backoff: createBackoff({ baseMs: 1, maxMs: 2 }) }),
    events: createMediaVaultEvents(createLogger({ service: "test", level: "fatal" }), metrics),
  });
  const enriched = { message, payload: Uint8Array.of(1), storedAt };
  return {
    searches,
    published,
    publish: (isRepeated: boolean) => publish({ ...enriched, isRepeated }, signal),
  };
}

it("publishes a missing message", async () => {
  const world = worldOf(["absent"]);
  expect(await world.publish(false)).toMatchObject({ sequence: 9, duplicate: false });
  expect(world.searches).toEqual([{ message, storedAt, isRepeated: false }]);
});

it("does not publish an existing message", async () => {
  const world = worldOf(["found"]);
  expect(await world.publish(true)).toEqual(found);
  expect(world.searches).toEqual([{ message, storedAt, isRepeated: true }]);
  expect(world.published).toEqual([]);
});

it("searches again after an attempt that may have stored it", async () => {
  const unanswered = new MioError("bus.publish_timeout", "no answer", { retry: "soon" });
  const world = worldOf(["absent", "found"], [unanswered]);
  expect(await world.publish(false)).toEqual(found);
  expect(world.searches.map(({ isRepeated }) => isRepeated)).toEqual([false, true]);
  expect(world.published).toHaveLength(1);
});

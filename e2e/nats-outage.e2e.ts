import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "@mio/testkit";
import { expect, test } from "vitest";
import {
  accountAnswers,
  accountEnriched,
  accountInbound,
  channels,
  faultsOf,
  noFaults,
  startFleet,
  startTalk,
  waitUntilPublished,
} from "./src/index.ts";

test("ten seconds without NATS: every webhook is answered 200, and everything resumes in order", async () => {
  await using fleet = await startFleet();
  await Promise.all([fleet.start("sender-pool"), fleet.start("media-vault"), fleet.start("echo")]);
  const { cliq, nats } = fleet;
  const talk = startTalk({ cliq, conversations: channels(10), perSecond: 20, count: 280 });
  await eventually(() => talk.acked.size >= 30);
  await nats.stop();
  const before = talk.acked.size;
  // The length of the outage; not used as synchronisation.
  await sleep(10_000);
  const during = talk.acked.size - before;
  await nats.restart();
  await talk.done;

  expect(during).toBeGreaterThan(100);
  expect(talk.answers.filter(({ status }) => status !== 200)).toEqual([]);
  // Two seconds for the missing confirmation, plus the delays of a busy machine.
  expect(Math.max(...talk.answers.map(({ ms }) => ms))).toBeLessThan(5_000);
  await waitUntilPublished(fleet);
  const { said, rows } = await accountInbound(fleet, [talk]);
  expect(faultsOf(said)).toEqual(noFaults);
  expect(faultsOf(rows)).toEqual(noFaults);
  expect(said.seen).toBe(280);
  const answers = await accountAnswers(fleet, [talk]);
  const enriched = await accountEnriched(fleet, [talk]);
  expect(faultsOf(enriched)).toEqual(noFaults);
  expect(faultsOf(answers)).toEqual(noFaults);
  expect([enriched.seen, answers.seen]).toEqual([280, 280]);
});

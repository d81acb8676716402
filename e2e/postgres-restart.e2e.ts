import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "@mio/testkit";
import { expect, test } from "vitest";
import {
  accountAnswers,
  accountInbound,
  channels,
  faultsOf,
  noFaults,
  startFleet,
  startTalk,
  waitUntilPublished,
} from "./src/index.ts";

test("a Postgres restart under load gives 5xx and red readiness, and loses nothing", async () => {
  await using fleet = await startFleet({ ownPostgres: true });
  const { cliq, gateway, postgres } = fleet;
  const [sender] = await Promise.all([
    fleet.start("sender-pool"),
    fleet.start("media-vault"),
    fleet.start("echo"),
  ]);
  const pids = [gateway.process.pid, sender.process.pid];
  const readiness = () => Promise.all([gateway.readyz(), sender.readyz()]);
  const talk = startTalk({ cliq, conversations: channels(10), perSecond: 20, count: 160 });
  await eventually(() => talk.acked.size >= 30);
  expect(await readiness()).toEqual([200, 200]);

  await postgres?.stop();
  await expect.poll(readiness, { timeout: 30_000 }).toEqual([503, 503]);
  // The length of the outage; not used as synchronisation.
  await sleep(2_000);
  await postgres?.restart();
  await expect.poll(readiness, { timeout: 30_000 }).toEqual([200, 200]);
  await talk.done;

  const refused = talk.answers.filter(({ status }) => status !== 200);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.filter(({ status }) => status < 500)).toEqual([]);
  await waitUntilPublished(fleet);
  const { said, rows } = await accountInbound(fleet, [talk]);
  expect(said.promised).toBe(160);
  expect(faultsOf(said)).toEqual(noFaults);
  expect(faultsOf(rows)).toEqual(noFaults);
  expect(faultsOf(await accountAnswers(fleet, [talk]))).toEqual(noFaults);
  expect([gateway.process.pid, sender.process.pid]).toEqual(pids);
});

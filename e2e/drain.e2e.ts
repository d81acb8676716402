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

test("every service drains under load, exits with 0 and finishes its work", async () => {
  await using fleet = await startFleet();
  const { cliq, gateway } = fleet;
  const [sender, vault, echo] = await Promise.all([
    fleet.start("sender-pool"),
    fleet.start("media-vault"),
    fleet.start("echo"),
  ]);
  cliq.faults.set("slow", { ms: 50, endpoints: ["post", "edit"] });
  const talk = startTalk({ cliq, conversations: channels(20), perSecond: 50, count: 400 });
  const exits: Record<string, number | undefined> = {};
  let acked = 0;
  for (const [name, { process }] of Object.entries({ sender, vault, echo, gateway })) {
    acked += 40;
    await eventually(() => talk.acked.size >= acked, { timeoutMs: 30_000 });
    await process.stop();
    exits[name] = process.exitCode;
    await process.start();
  }
  expect(exits).toEqual({ sender: 0, vault: 0, echo: 0, gateway: 0 });
  await talk.done;

  // A draining gateway finishes accepted requests, answers 503, and then stops listening.
  expect(new Set(talk.answers.map(({ status }) => status))).not.toContain(500);
  await waitUntilPublished(fleet);
  const { said, rows } = await accountInbound(fleet, [talk]);
  expect(said.promised).toBe(400);
  expect(faultsOf(said)).toEqual(noFaults);
  expect(faultsOf(rows)).toEqual(noFaults);
  expect(faultsOf(await accountAnswers(fleet, [talk]))).toEqual(noFaults);
});

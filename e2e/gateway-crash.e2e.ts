import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "@mio/testkit";
import { expect, test } from "vitest";
import {
  accountInbound,
  channels,
  chooseSeed,
  createRandom,
  type Env,
  type Fleet,
  faultsOf,
  type InboundAccounts,
  ledgerIds,
  noFaults,
  outboxSize,
  startFleet,
  startTalk,
  waitUntilPublished,
} from "./src/index.ts";

const rooms = channels(6);

/**
 * Kills the gateway while rows are committed but not confirmed, some of them answered 200, and NATS too, so that data
 * in its sockets is lost. Then everything restarts and the platform retries.
 */
async function crashBeforePublish(
  env: Env,
  settled: (fleet: Fleet) => Promise<void>,
): Promise<InboundAccounts> {
  await using fleet = await startFleet({ env: { gateway: { MIO_PUBLISH_WAIT: "400ms", ...env } } });
  const { cliq, gateway, nats } = fleet;
  const before = startTalk({ cliq, conversations: rooms, perSecond: 100, count: 12 });
  await before.done;
  await nats.pause();
  const during = startTalk({ cliq, conversations: rooms, perSecond: 100, count: 30, from: 2 });
  // The first events of each room were answered without NATS; the next ones are committed and wait.
  await eventually(() => during.acked.size >= 6, { everyMs: 1 });
  await eventually(async () => (await ledgerIds(fleet)).length > before.attempted.size + during.acked.size, {
    everyMs: 1,
  });
  await gateway.process.kill();
  expect(await outboxSize(fleet)).toBeGreaterThanOrEqual(during.acked.size);
  await nats.kill();
  await nats.restart();
  await gateway.process.start();
  await during.done;
  const after = startTalk({ cliq, conversations: rooms, perSecond: 100, count: 12, from: 7 });
  await after.done;
  expect([...during.attempted, ...after.attempted].length).toBe(42);
  expect(during.acked.size + after.acked.size).toBe(42);
  await settled(fleet);
  return await accountInbound(fleet, [before, during, after]);
}

test("a gateway killed between commit and publish publishes every event once, in order", async () => {
  const { said, rows } = await crashBeforePublish({}, waitUntilPublished);
  expect(faultsOf(said)).toEqual(noFaults);
  expect(faultsOf(rows)).toEqual(noFaults);
  expect(said.seen).toBe(54);
});

test("canary: without the relay the same crash loses events, and the account shows them", async () => {
  const { said, rows } = await crashBeforePublish({ MIO_RELAY_ENABLED: "false" }, async () => {});
  expect(said.lost.length).toBeGreaterThan(0);
  expect(rows.lost.length).toBeGreaterThan(0);
  // Later events of the same rooms are lost too, because they wait behind the lost ones; earlier events arrived.
  expect(said.lostAt.prefix).toBe(0);
});

test("a gateway killed four times at random under load loses and duplicates nothing", async () => {
  const random = createRandom(chooseSeed("gateway kills", process.env["MIO_E2E_SEED"]));
  await using fleet = await startFleet();
  const { cliq, gateway } = fleet;
  const talk = startTalk({ cliq, conversations: channels(20), perSecond: 100, count: 800 });
  for (let kill = 0; kill < 4; kill += 1) {
    // The moment of the fault is random; not used as synchronisation.
    await sleep(300 + random() * 900);
    await gateway.process.kill();
    await gateway.process.start();
  }
  await talk.done;
  await waitUntilPublished(fleet);
  const { said, rows } = await accountInbound(fleet, [talk]);
  expect(talk.answers.some(({ status }) => status === 0)).toBe(true);
  expect({ acked: said.promised, seen: said.seen }).toEqual({ acked: 800, seen: 800 });
  expect(faultsOf(said)).toEqual(noFaults);
  expect(faultsOf(rows)).toEqual(noFaults);
});

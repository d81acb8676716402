import { streams } from "@mio/bus";
import { decodeReceipt, newId } from "@mio/envelope";
import { DeliveryReceipt_State } from "@mio/proto";
import { eventually, silencingProxy } from "@mio/testkit";
import { expect, it } from "vitest";
import { openPoolFixture, type PoolFixture } from "./pool-fixture.ts";
import { scriptedPlatform } from "./scripted-platform.ts";

const { SENT } = DeliveryReceipt_State;

/** Ids of the commands whose receipts are stored, in order. */
async function announced({ bus }: PoolFixture): Promise<readonly string[]> {
  const { name } = streams.receipts;
  const { state } = await bus.jsm.streams.info(name);
  const ids: string[] = [];
  for (let seq = state.first_seq; seq > 0 && seq <= state.last_seq; seq += 1) {
    const stored = await bus.jsm.streams.getMessage(name, { seq });
    if (stored !== null) ids.push(decodeReceipt(stored.data).commandId);
  }
  return ids;
}

/** Makes the stream of receipts refuse every message. */
async function refuseReceipts({ bus }: PoolFixture, isRefusing: boolean): Promise<void> {
  const { discard } = (await bus.jsm.streams.info(streams.outbound.name)).config;
  const max_bytes = isRefusing ? 1 : -1;
  await bus.jsm.streams.update(streams.receipts.name, { max_bytes, discard });
}

it("posts go on while receipts cannot be published; a stop loses none, and they keep their order", async () => {
  await using fixture = await openPoolFixture();
  const platform = scriptedPlatform();
  const start = () => fixture.startPool({ channels: [platform.channel] });
  await refuseReceipts(fixture, true);
  const conversationId = newId();
  const commands = Array.from({ length: 4 }, () => fixture.command({ conversationId }));
  const ids = commands.map(({ id }) => id);
  {
    await using _first = await start();
    for (const command of commands) await fixture.publish(command);
    await eventually(() => expect(platform.calls.map(({ command }) => command.id)).toEqual(ids));
    expect(await announced(fixture)).toEqual([]);
    expect(await fixture.left()).toBe(4);
  }
  expect(await fixture.left()).toBe(4);
  await using _second = await start();
  await refuseReceipts(fixture, false);
  await eventually(async () => expect(await fixture.left()).toBe(0));
  expect(await announced(fixture)).toEqual(ids);
  expect(platform.calls).toHaveLength(4);
});

it("a pool that lost its acknowledgements leaves no second post and no second receipt", async () => {
  await using fixture = await openPoolFixture();
  const url = `nats://${fixture.bus.nc.getServer()}`;
  await using proxy = await silencingProxy(url);
  const platform = scriptedPlatform();
  const channels = [platform.channel];
  const first = await fixture.startPool({
    channels,
    env: { MIO_NATS_URLS: proxy.through(url) },
    graceMs: 100,
  });
  const lost = proxy.silenceAt("+ACK");
  const command = fixture.command();
  await fixture.publish(command);
  await lost;
  proxy.silenceNew(true);
  await first.stop();
  expect(await fixture.receipt(command.id)).toMatchObject({ state: SENT });
  expect(await fixture.left()).toBe(1);
  await using _second = await fixture.startPool({ channels });
  // After the ack wait of the lost delivery.
  await eventually(async () => expect(await fixture.left()).toBe(0), { timeoutMs: 60_000 });
  expect(await announced(fixture)).toEqual([command.id]);
  expect(platform.callsOf(command.id)).toHaveLength(1);
}, 90_000);

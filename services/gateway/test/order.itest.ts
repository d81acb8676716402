import { privateNats, testNats } from "@mio/testkit";
import { expect, test } from "vitest";
import { cliqText, gatewayFixture, type StartedGateway } from "./support.ts";
import { tcpProxy } from "./tcp-proxy.ts";

const texts = (messages: readonly { readonly text: string }[]) => messages.map(({ text }) => text);
const quick = { MIO_PUBLISH_WAIT: "200ms", MIO_RELAY_AGE: "500ms" };

/** Two gateways on one Postgres, one of which reaches NATS through a proxy. */
async function twoGateways() {
  await using opening = new AsyncDisposableStack();
  const nats = await testNats();
  const proxy = opening.use(await tcpProxy(Number(new URL(nats.url).port)));
  const healthy = opening.use(await gatewayFixture({ nats, env: quick }));
  const cutOff = await healthy.startAnother({ MIO_NATS_URLS: `nats://127.0.0.1:${proxy.port}` });
  const say = async (by: StartedGateway, text: string) =>
    expect((await healthy.post(cliqText(text), { url: by.url })).status).toBe(200);
  const opened = opening.move();
  return { healthy, cutOff, proxy, say, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

test("waits for an older event of the conversation recorded by a gateway without NATS", async () => {
  await using world = await twoGateways();
  const { healthy, cutOff, proxy, say } = world;
  await say(healthy, "before");
  proxy.freeze();
  const said = ["before"];
  for (let at = 0; at < 6; at += 1) {
    const by = at % 2 === 0 ? cutOff : healthy;
    await say(by, `talk ${at}`);
    said.push(`talk ${at}`);
  }
  await expect.poll(async () => texts(await healthy.stream()), { timeout: 20_000 }).toEqual(said);
  // The proxy resumes and delivers what was sent long ago: nothing is duplicated, and both gateways continue.
  proxy.thaw();
  for (const [at, by] of [cutOff, healthy, cutOff].entries()) {
    await say(by, `after ${at}`);
    said.push(`after ${at}`);
  }
  await expect.poll(async () => texts(await healthy.stream()), { timeout: 20_000 }).toEqual(said);
});

test("publishes within seconds the events of a gateway without NATS", async () => {
  await using world = await twoGateways();
  const { healthy, cutOff, proxy, say } = world;
  proxy.freeze();
  const said = Array.from({ length: 5 }, (_, at) => `cut off ${at}`);
  for (const text of said) await say(cutOff, text);
  await expect.poll(async () => texts(await healthy.stream()), { timeout: 20_000 }).toEqual(said);
});

test("two gateways that both catch up keep the order and publish nothing twice", async () => {
  const nats = await privateNats();
  await using gateway = await gatewayFixture({ nats, env: quick });
  const other = await gateway.startAnother();
  const rooms = Array.from({ length: 5 }, (_, at) => `room-${at}`);
  const talk = async (room: string, count: number): Promise<void> => {
    const chat = { id: room, title: room, chat_type: "channel", channel_unique_name: room };
    for (let at = 0; at < count; at += 1) {
      const { url } = at % 2 === 0 ? gateway : other;
      expect((await gateway.post(cliqText(`${room} ${at}`, { chat }), { url })).status).toBe(200);
    }
  };
  await nats.pause();
  await Promise.all(rooms.map((room) => talk(room, 12)));
  nats.resume();
  const expected = rooms.map((room) => Array.from({ length: 12 }, (_, at) => `${room} ${at}`));
  await expect
    .poll(
      async () => {
        const seen = texts(await gateway.stream());
        return rooms.map((room) => seen.filter((text) => text.startsWith(`${room} `)));
      },
      { timeout: 15_000 },
    )
    .toEqual(expected);
});

test("two gateways that alternate in one conversation publish in order, directly or by the relay", async () => {
  await using gateway = await gatewayFixture();
  const other = await gateway.startAnother();
  const said = Array.from({ length: 30 }, (_, at) => `turn ${at}`);
  for (const [at, text] of said.entries()) {
    const { url } = at % 2 === 0 ? gateway : other;
    expect((await gateway.post(cliqText(text), { url })).status).toBe(200);
  }
  await expect.poll(async () => texts(await gateway.stream()), { timeout: 20_000 }).toEqual(said);
});

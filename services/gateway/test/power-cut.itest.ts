import { powerCutNats } from "@mio/testkit";
import { expect, test } from "vitest";
import { cliqText, type GatewayFixture, gatewayFixture } from "./support.ts";

const texts = (messages: readonly { readonly text: string }[]) => messages.map(({ text }) => text);
const patient = { timeout: 30_000 };
const countOutbox = async ({ store }: GatewayFixture) =>
  (await store.pool.query("SELECT FROM outbox")).rowCount;
const rooms = Array.from({ length: 8 }, (_, at) => `room-${at}`);

interface Talk {
  /** How many events were answered 200. */
  answered(): number;
  /** Stops, and returns the texts of each room that were answered 200. */
  end(): Promise<readonly (readonly string[])[]>;
}

/** Sends to every room, and to one gateway after the other. */
function startTalk({ post }: GatewayFixture, urls: readonly string[]): Talk {
  const ending = new AbortController();
  const said = rooms.map((): string[] => []);
  const talkIn = async (room: string, texts: string[]): Promise<void> => {
    const chat = { id: room, title: room, chat_type: "channel", channel_unique_name: room };
    for (let count = 0; !ending.signal.aborted; count += 1) {
      const text = `${room} ${count}`;
      const { status } = await post(cliqText(text, { chat }), { url: urls[count % urls.length] ?? "" });
      expect(status).toBe(200);
      texts.push(text);
    }
  };
  const talks = Promise.all(rooms.map((room, at) => talkIn(room, said[at] ?? [])));
  return {
    answered: () => said.flat().length,
    end: async () => {
      ending.abort();
      await talks;
      return said;
    },
  };
}

test("power cuts of a server that syncs always: every event answered 200 is published once and in order", async (context) => {
  const outcome = await powerCutNats({ syncAlways: true });
  if (outcome.kind === "refused") return context.skip(outcome.why);
  await using nats = outcome.nats;
  await using gateway = await gatewayFixture({ nats: nats.server });
  const another = await gateway.startAnother();
  const talk = startTalk(gateway, [gateway.url, another.url]);
  for (let cut = 0; cut < 3; cut += 1) {
    const before = talk.answered();
    await expect.poll(talk.answered, patient).toBeGreaterThan(before + 40);
    await nats.cutPower();
    await expect.poll(async () => (await gateway.running.ready()).ok, patient).toBe(true);
  }
  const said = await talk.end();
  await expect.poll(() => countOutbox(gateway), patient).toBe(0);
  const seen = texts(await gateway.stream());
  expect(rooms.map((room) => seen.filter((text) => text.startsWith(`${room} `)))).toEqual(said);
});

test("a power cut of a server that syncs in the background loses events that were answered 200", async (context) => {
  const outcome = await powerCutNats({ syncAlways: false });
  if (outcome.kind === "refused") return context.skip(outcome.why);
  await using nats = outcome.nats;
  await using gateway = await gatewayFixture({ nats: nats.server });
  await gateway.post(cliqText("flushed"));
  await nats.flush();
  await gateway.post(cliqText("confirmed"));
  await expect.poll(() => countOutbox(gateway), patient).toBe(0);
  await nats.cutPower();
  await expect.poll(async () => (await gateway.running.ready()).ok, patient).toBe(true);
  await gateway.post(cliqText("later"));
  await expect.poll(async () => texts(await gateway.stream()), patient).toEqual(["flushed", "later"]);
});

import { decodeMessage } from "@mio/envelope";
import { createLogger } from "@mio/service-kit";
import { captureLogs, privateNats, testNats } from "@mio/testkit";
import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import { connect, nanos } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { cliqText, type GatewayFixture, gatewayFixture } from "./support.ts";

const texts = (messages: readonly { readonly text: string }[]) => messages.map(({ text }) => text);
const room = (id: string) => ({ chat: { id, title: id, chat_type: "channel", channel_unique_name: id } });
const countOutbox = async ({ store }: GatewayFixture) =>
  (await store.pool.query("SELECT FROM outbox")).rowCount;

async function withStreams<Result>(
  url: string,
  use: (jsm: JetStreamManager) => Promise<Result>,
): Promise<Result> {
  const nc = await connect({ servers: url });
  try {
    return await use(await jetstreamManager(nc));
  } finally {
    await nc.close();
  }
}

test("does not republish events after a late restart", async () => {
  const nats = await privateNats();
  await using gateway = await gatewayFixture({ nats });
  await withStreams(nats.url, (jsm) =>
    jsm.streams.update("MESSAGES_INBOUND", { duplicate_window: nanos(100) }),
  );
  // The state after a kill: events on the stream whose rows were not removed.
  await gateway.store.pool.query("CREATE RULE keep AS ON DELETE TO outbox DO INSTEAD NOTHING");
  const said = Array.from({ length: 20 }, (_, at) => `said ${at}`);
  for (const text of said) await gateway.post(cliqText(text, room(text.endsWith("7") ? "CT_2" : "CT_1")));
  await gateway.running.stop();
  await nats.stop();
  await gateway.store.pool.query("DROP RULE keep ON outbox");
  await gateway.store.pool.query("UPDATE outbox SET created_at = created_at - interval '10 minutes'");
  await nats.restart();
  await gateway.startAnother();
  await expect.poll(() => countOutbox(gateway)).toBe(0);
  expect(texts(await gateway.stream())).toEqual(said);
});

test("publishes an old event that is not on the stream", async () => {
  const nats = await privateNats();
  await using gateway = await gatewayFixture({ nats, env: { MIO_RELAY_ENABLED: "false" } });
  await gateway.post(cliqText("before"));
  await nats.stop();
  for (const text of ["away 0", "away 1"]) await gateway.post(cliqText(text));
  await gateway.store.pool.query("UPDATE outbox SET created_at = created_at - interval '10 minutes'");
  await nats.restart();
  await gateway.startAnother({ MIO_RELAY_ENABLED: "true" });
  await expect.poll(() => countOutbox(gateway)).toBe(0);
  expect(texts(await gateway.stream())).toEqual(["before", "away 0", "away 1"]);
});

test("stores an oversized event as a dead letter without delaying others", async () => {
  const nats = await testNats();
  const logs = captureLogs();
  const logger = createLogger({ service: "gateway", level: "info", destination: logs.destination });
  await using gateway = await gatewayFixture({ nats, logger });
  await withStreams(nats.url, (jsm) => jsm.streams.update("MESSAGES_INBOUND", { max_msg_size: 4_096 }));
  expect((await gateway.post(cliqText("x".repeat(20_000)))).status).toBe(200);
  await gateway.post(cliqText("behind it"));
  await gateway.post(cliqText("elsewhere", room("CT_2")));
  await expect.poll(() => countOutbox(gateway)).toBe(0);
  expect(texts(await gateway.stream()).toSorted()).toEqual(["behind it", "elsewhere"]);

  const letter = await withStreams(nats.url, (jsm) => jsm.streams.getMessage("MESSAGES_DLQ", { seq: 1 }));
  expect(letter?.subject).toMatch(/^mio\.dlq\.inbound\.zoho_cliq\./);
  const header = (name: string) => letter?.header.get(name);
  expect([header("Mio-Dead-Reason"), header("Mio-Dead-Code")]).toEqual(["too_large", "bus.too_large"]);
  expect(header("Mio-Dead-Subject")).toMatch(/^mio\.inbound\.zoho_cliq\./);
  expect(decodeMessage(letter?.data ?? new Uint8Array()).text).toHaveLength(20_000);
  expect(logs.matching({ level: "error" })).toMatchObject([
    { msg: expect.stringContaining("event_given_up") },
  ]);
  expect(await gateway.metrics.text()).toContain("mio_outbox_given_up_total 1");

  await gateway.post(cliqText("after"));
  await expect.poll(async () => texts(await gateway.stream())).toContain("after");
});

test("keeps an oversized event with the reason while its dead letter cannot be stored", async () => {
  const nats = await testNats();
  await using gateway = await gatewayFixture({ nats });
  await withStreams(nats.url, async (jsm) => {
    await jsm.streams.update("MESSAGES_INBOUND", { max_msg_size: 4_096 });
    await jsm.streams.delete("MESSAGES_DLQ");
  });
  await gateway.post(cliqText("x".repeat(20_000)));
  await gateway.post(cliqText("behind it"));
  await gateway.post(cliqText("elsewhere", room("CT_2")));
  await expect.poll(async () => texts(await gateway.stream()).toSorted()).toEqual(["behind it", "elsewhere"]);
  await expect
    .poll(async () => (await gateway.store.pool.query("SELECT last_error FROM outbox")).rows)
    .toEqual([{ last_error: "bus.too_large" }]);
});

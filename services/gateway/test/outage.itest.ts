import { createLogger, createMetrics, loadConfig } from "@mio/service-kit";
import { privateNats, testDatabase, testNats } from "@mio/testkit";
import { expect, test } from "vitest";
import { createApp, gatewayConfig } from "../src/index.ts";
import { cliqText, gatewayFixture } from "./support.ts";

const elsewhere = {
  chat: { id: "CT_2", title: "#other", chat_type: "channel", channel_unique_name: "other" },
};
const texts = (messages: readonly { readonly text: string }[]) => messages.map(({ text }) => text);

test("answers 200 while NATS is down, and publishes in order once it is back", async () => {
  const nats = await privateNats();
  await using gateway = await gatewayFixture({ nats });
  expect((await gateway.post(cliqText("before"))).status).toBe(200);
  await nats.stop();
  for (let at = 0; at < 20; at += 1) {
    expect((await gateway.post(cliqText(`away ${at}`))).status).toBe(200);
  }
  await nats.restart();
  const away = Array.from({ length: 20 }, (_, at) => `away ${at}`);
  await expect
    .poll(async () => texts(await gateway.stream()), { timeout: 30_000 })
    .toEqual(["before", ...away]);
  // Caught up: the next event is published within its own webhook.
  await expect
    .poll(
      async () => {
        await gateway.post(cliqText("after"));
        return gateway.metrics.text();
      },
      { timeout: 30_000 },
    )
    .toMatch(/inbound_total\{channel_type="zoho_cliq",direction="inbound",outcome="success"\} [2-9]/);
});

test("keeps the order of conversations that continue while the relay catches up", async () => {
  const nats = await privateNats();
  await using gateway = await gatewayFixture({ nats });
  const done = new AbortController();
  const talk = async (room: string): Promise<number> => {
    let said = 0;
    for (; !done.signal.aborted; said += 1) {
      const chat = { id: room, title: room, chat_type: "channel", channel_unique_name: room };
      expect((await gateway.post(cliqText(`${room} ${said}`, { chat }))).status).toBe(200);
    }
    return said;
  };
  const rooms = Array.from({ length: 8 }, (_, at) => `room-${at}`);
  const talks = rooms.map(talk);
  for (let outage = 0; outage < 5; outage += 1) {
    await nats.restart();
    await expect.poll(async () => (await gateway.running.ready()).ok, { timeout: 30_000 }).toBe(true);
  }
  done.abort();
  const said = await Promise.all(talks);
  const expected = rooms.map((room, at) => Array.from({ length: said[at] ?? 0 }, (_, n) => `${room} ${n}`));
  await expect
    .poll(
      async () => {
        const seen = texts(await gateway.stream());
        return rooms.map((room) => seen.filter((text) => text.startsWith(`${room} `)));
      },
      { timeout: 30_000, interval: 500 },
    )
    .toEqual(expected);
});

test("loses events in the same outage without the relay", async () => {
  const nats = await privateNats();
  await using gateway = await gatewayFixture({ nats, env: { MIO_RELAY_ENABLED: "false" } });
  await gateway.post(cliqText("before"));
  await nats.stop();
  expect((await gateway.post(cliqText("away"))).status).toBe(200);
  await nats.restart();
  await expect.poll(async () => (await gateway.running.ready()).ok, { timeout: 30_000 }).toBe(true);
  expect((await gateway.post(cliqText("after", elsewhere))).status).toBe(200);
  expect(texts(await gateway.stream())).toEqual(["before", "after"]);
});

test("publishes a redelivered event that is still in the outbox", async () => {
  const nats = await privateNats();
  await using gateway = await gatewayFixture({ nats, env: { MIO_RELAY_ENABLED: "false" } });
  await gateway.post(cliqText("before", elsewhere));
  await nats.stop();
  const lost = cliqText("tried again");
  expect((await gateway.post(lost)).status).toBe(200);
  await nats.restart();
  const other = await gateway.startAnother({ MIO_RELAY_ENABLED: "true", MIO_RELAY_AGE: "1h" });
  expect((await gateway.post(lost, { url: other.url })).status).toBe(200);
  await expect.poll(async () => texts(await gateway.stream())).toEqual(["before", "tried again"]);
});

test("answers within the publish wait if NATS is silent", async () => {
  const nats = await privateNats();
  await using gateway = await gatewayFixture({ nats, env: { MIO_PUBLISH_WAIT: "150ms" } });
  await nats.pause();
  try {
    expect((await gateway.post(cliqText("patience"))).status).toBe(200);
  } finally {
    nats.resume();
  }
  await expect.poll(async () => texts(await gateway.stream()), { timeout: 30_000 }).toEqual(["patience"]);
});

test("limits the bytes in progress, and accepts a body that fits", async () => {
  await using gateway = await gatewayFixture({ env: { MIO_MAX_WEBHOOK_BYTES_IN_PROGRESS: "2KiB" } });
  expect((await gateway.post(cliqText("x".repeat(3_000)))).status).toBe(503);
  expect((await gateway.post(cliqText("fits"))).status).toBe(200);
});

test("answers 503 with Retry-After above its limit, and recovers", async () => {
  const nats = await privateNats();
  const env = { MIO_MAX_CONCURRENT_WEBHOOKS: "1", MIO_PUBLISH_WAIT: "2s" };
  await using gateway = await gatewayFixture({ nats, env });
  await nats.pause();
  const waiting = gateway.post(cliqText("waits for the bus"));
  try {
    await expect
      .poll(async () => {
        const { status, headers } = await gateway.post(cliqText());
        return { status, retryAfter: headers.get("retry-after") };
      })
      .toEqual({ status: 503, retryAfter: "1" });
  } finally {
    nats.resume();
  }
  expect((await waiting).status).toBe(200);
  await expect.poll(async () => (await gateway.post(cliqText())).status).toBe(200);
});

const settings = async (env: Record<string, string>) => {
  const stack = new AsyncDisposableStack();
  const nats = stack.use(await testNats());
  const database = stack.use(await testDatabase());
  const base = {
    MIO_HOST: "127.0.0.1",
    MIO_PORT: "0",
    MIO_NATS_URLS: nats.url,
    MIO_POSTGRES_DSN: database.dsn,
  };
  return {
    config: loadConfig(gatewayConfig, { ...base, ...env }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
};
const context = { logger: createLogger({ service: "gateway", level: "silent" }), metrics: createMetrics() };

test.each([
  ["in production", { MIO_ENV: "prod" }],
  ["in staging", { MIO_ENV: "staging" }],
  ["without MIO_ENV=dev", {}],
])("%s does not start without a secret, and names the file and the setting", async (_where, env) => {
  await using given = await settings({ ...env, MIO_SECRETS_DIR: "/nonexistent" });
  await expect(createApp(given.config, context)).rejects.toMatchObject({
    code: "gateway.no_channel",
    message: expect.stringMatching(/cliq-webhook-secret.*MIO_ENV=dev/),
  });
});

test("accepts unsigned events in development for a channel without a secret", async () => {
  await using gateway = await gatewayFixture({ withSecret: false, env: { MIO_ENV: "dev" } });
  expect((await gateway.post(cliqText(), { signature: "" })).status).toBe(200);
});

test("gives unclaimed events to the fallback account, on its own channel only", async () => {
  const ids = {
    MIO_ENV: "dev",
    MIO_TENANT_ID: "018f3c9e-7b1a-7c3d-8e4f-000000000001",
    MIO_ACCOUNT_ID: "018f3c9e-7b1a-7c3d-8e4f-000000000002",
  };
  await using gateway = await gatewayFixture({ env: ids, externalId: "some-org" });
  const pool = gateway.store.pool;
  await pool.query("INSERT INTO tenants (id, slug) VALUES ($1, 'fallback')", [ids.MIO_TENANT_ID]);
  await pool.query(
    "INSERT INTO accounts (id, tenant_id, channel_type, external_id, display_name) VALUES ($1, $2, 'slack', 'other', 'x')",
    [ids.MIO_ACCOUNT_ID, ids.MIO_TENANT_ID],
  );
  await gateway.post(cliqText("to a slack account"));
  expect(await gateway.stream()).toEqual([]);
  await pool.query("UPDATE accounts SET channel_type = 'zoho_cliq' WHERE id = $1", [ids.MIO_ACCOUNT_ID]);
  await expect
    .poll(async () => {
      await gateway.post(cliqText("claimed"));
      return (await gateway.stream()).map(({ accountId }) => accountId)[0];
    })
    .toBe(ids.MIO_ACCOUNT_ID);
});

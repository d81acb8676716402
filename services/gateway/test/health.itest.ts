import { privateNats } from "@mio/testkit";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { cliqText, type GatewayFixture, gatewayFixture } from "./support.ts";

const patience = { timeout: 20_000, interval: 50 };

async function health({ url }: GatewayFixture): Promise<Readonly<Record<string, number>>> {
  const status = async (path: string) => (await fetch(`${url}${path}`)).status;
  return { readyz: await status("/readyz"), acceptz: await status("/acceptz") };
}

test("is not ready without NATS, but accepts webhooks", async () => {
  const nats = await privateNats();
  await using gateway = await gatewayFixture({ nats });
  await expect.poll(() => health(gateway), patience).toEqual({ readyz: 200, acceptz: 200 });
  await nats.stop();
  await expect.poll(() => health(gateway), patience).toEqual({ readyz: 503, acceptz: 200 });
  expect((await gateway.post(cliqText("recorded"))).status).toBe(200);
  await nats.restart();
  await expect.poll(() => health(gateway), patience).toEqual({ readyz: 200, acceptz: 200 });
});

test("accepts nothing with a read-only Postgres, as after a failover to a replica", async () => {
  await using gateway = await gatewayFixture();
  await expect.poll(() => health(gateway), patience).toEqual({ readyz: 200, acceptz: 200 });
  const { pool } = gateway.store;
  const { rows } = await pool.query("SELECT quote_ident(current_database()) AS name");
  await pool.query(`ALTER DATABASE ${rows[0]?.["name"]} SET default_transaction_read_only = on`);
  // The setting applies to new connections. Gateways of other tests use the same server.
  await pool.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = 'mio-gateway'`,
  );
  await expect.poll(() => health(gateway), patience).toEqual({ readyz: 503, acceptz: 503 });
});

test("is red while a stream is missing, and publishes the events of that time afterwards", async () => {
  await using gateway = await gatewayFixture();
  await expect.poll(() => health(gateway), patience).toEqual({ readyz: 200, acceptz: 200 });
  const nc = await connect({ servers: gateway.nats.url });
  await (await jetstreamManager(nc)).streams.delete("MESSAGES_INBOUND");
  await nc.close();
  expect((await gateway.post(cliqText("while it was gone"))).status).toBe(200);
  await expect.poll(() => health(gateway), patience).toEqual({ readyz: 503, acceptz: 200 });
  await expect.poll(() => health(gateway), patience).toEqual({ readyz: 200, acceptz: 200 });
  await expect
    .poll(async () => (await gateway.stream()).map(({ text }) => text), patience)
    .toEqual(["while it was gone"]);
});

test.for([
  { syncAlways: true, ok: true },
  { syncAlways: false, ok: false },
])(
  "reports whether NATS keeps what it confirms, and stays ready: syncAlways $syncAlways",
  async ({ syncAlways, ok }) => {
    const nats = await privateNats({ syncAlways, monitored: true });
    await using gateway = await gatewayFixture({
      nats,
      env: { MIO_NATS_MONITOR_URLS: nats.monitorUrl ?? "" },
    });
    const find = async () => {
      const { checks } = await gateway.running.ready();
      return checks.find(({ name }) => name === "nats-durability");
    };
    await expect.poll(find, patience).toMatchObject({ ok, advisory: true });
    await expect.poll(() => health(gateway), patience).toEqual({ readyz: 200, acceptz: 200 });
  },
);

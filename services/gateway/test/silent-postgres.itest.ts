import { createLogger } from "@mio/service-kit";
import { captureLogs, eventually, privateNats, type SilencingProxy, silencingProxy } from "@mio/testkit";
import { expect, inject, test } from "vitest";
import { cliqText, type FixtureOptions, type GatewayFixture, gatewayFixture } from "./support.ts";

/** A gateway whose Postgres is behind a silencing proxy. */
async function openWorld(options: FixtureOptions = {}) {
  await using opening = new AsyncDisposableStack();
  const proxy = opening.use(await silencingProxy(inject("mioPostgresDsn")));
  const logs = captureLogs();
  const logger = createLogger({ service: "gateway", level: "info", destination: logs.destination });
  const gateway = opening.use(await gatewayFixture({ ...options, logger, throughPostgres: proxy.through }));
  const opened = opening.move();
  return { gateway, proxy, logs, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/** Longer than the deadline of one statement, shorter than two. */
const limitMs = 9_000;
const texts = async (gateway: GatewayFixture) => (await gateway.stream()).map(({ text }) => text);
const checks = async (gateway: GatewayFixture) =>
  (await gateway.running.ready()).checks.filter(({ ok }) => !ok).map(({ name }) => name);

/** Answers and duration of webhooks posted together. */
async function postAll(gateway: GatewayFixture, words: readonly string[]) {
  const startedAt = performance.now();
  const answers = await Promise.all(words.map((text) => gateway.post(cliqText(text))));
  return { statuses: answers.map(({ status }) => status), tookMs: performance.now() - startedAt };
}

/** Fills the pool, so that idle connections exist besides the listening one. */
async function warmUp({ gateway, proxy }: { gateway: GatewayFixture; proxy: SilencingProxy }): Promise<void> {
  const words = Array.from({ length: 40 }, (_, at) => `before ${at}`);
  await eventually(async () => {
    await postAll(gateway, words);
    return proxy.open() >= 4;
  });
}

test.concurrent("a silent connection fails only its own events within seconds, and readiness shows it", async () => {
  await using world = await openWorld();
  const { gateway, proxy, logs } = world;
  await warmUp(world);
  const silenced = proxy.silenceAt("ledger-accept");
  const first = postAll(gateway, ["silenced"]);
  await silenced;
  const behind = postAll(gateway, ["behind 1", "behind 2", "behind 3"]);
  // Each result is cached for a second, so they need not be red at the same time.
  const red = new Set<string>();
  const look = async () => {
    for (const name of await checks(gateway)) red.add(name);
    expect([...red].toSorted()).toEqual(["ledger", "postgres"]);
  };
  await eventually(look, { timeoutMs: limitMs });
  const lost = await first;
  expect(lost.statuses).toEqual([500]);
  expect(lost.tookMs).toBeLessThan(limitMs);
  const rest = await behind;
  expect(rest.statuses).toEqual([200, 200, 200]);
  expect(rest.tookMs).toBeLessThan(limitMs);
  expect((await postAll(gateway, ["after"])).statuses).toEqual([200]);
  await eventually(async () => expect(await checks(gateway)).toEqual([]));
  expect(logs.text()).not.toContain("internal.unexpected");
});

test.concurrent("recovers when all connections fall silent, including the listening one", async () => {
  await using world = await openWorld();
  const { gateway, proxy, logs } = world;
  await warmUp(world);
  expect(proxy.silence()).toBeGreaterThan(3);
  await eventually(async () => expect((await postAll(gateway, ["again"])).statuses).toEqual([200]), {
    timeoutMs: limitMs,
  });
  // A notification of an account added now arrives on a new connection.
  await eventually(() => logs.matching({ msg: "worker.failed", worker: "account-changes" }).length > 0, {
    timeoutMs: 60_000,
  });
  expect(logs.text()).not.toContain("internal.unexpected");
});

test.concurrent("stops while its connections are silent", async () => {
  await using world = await openWorld();
  const { gateway, proxy } = world;
  await warmUp(world);
  proxy.silence();
  const startedAt = performance.now();
  await gateway.running.stop();
  // The deadline of a statement, plus the close timeout of the sockets.
  expect(performance.now() - startedAt).toBeLessThan(12_000);
});

test.concurrent("the relay publishes the backlog of an outage although its own connection falls silent", async () => {
  await using nats = await privateNats();
  await using world = await openWorld({ nats });
  const { gateway, proxy } = world;
  await warmUp(world);
  await nats.stop();
  const words = Array.from({ length: 10 }, (_, at) => `away ${at}`);
  for (const word of words) expect((await gateway.post(cliqText(word))).status).toBe(200);
  const silenced = proxy.silenceAt("outbox-read");
  await nats.restart();
  await silenced;
  const away = async () => (await texts(gateway)).filter((text) => text.startsWith("away"));
  await eventually(async () => expect(await away()).toEqual(words), { timeoutMs: 40_000, everyMs: 200 });
});

test.concurrent("treats connections ended by Postgres, as in a restart, as an outage", async () => {
  await using world = await openWorld();
  const { gateway, logs } = world;
  await warmUp(world);
  const restart = () =>
    gateway.store.pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE 'mio-%'`,
    );
  for (let at = 0; at < 3; at += 1) {
    const posted = postAll(
      gateway,
      Array.from({ length: 20 }, (_, n) => `restart ${at} ${n}`),
    );
    await restart();
    for (const status of (await posted).statuses) expect([200, 500]).toContain(status);
  }
  await eventually(() => logs.matching({ msg: "worker.failed", worker: "account-changes" }).length > 0);
  expect(logs.text()).not.toContain("internal.unexpected");
  expect(logs.text()).toContain("store.unavailable");
  expect((await postAll(gateway, ["after"])).statuses).toEqual([200]);
});

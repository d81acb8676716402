import { newId } from "@mio/envelope";
import { DeliveryReceipt_State } from "@mio/proto";
import { eventually, silencingProxy } from "@mio/testkit";
import { expect, inject, test } from "vitest";
import { openPoolFixture } from "./pool-fixture.ts";
import { scriptedPlatform } from "./scripted-platform.ts";

const { SENT } = DeliveryReceipt_State;

/** A pool whose Postgres is behind a proxy that can make connections silent. */
async function openWorld() {
  await using opening = new AsyncDisposableStack();
  const proxy = opening.use(await silencingProxy(inject("mioPostgresDsn")));
  const fixture = opening.use(await openPoolFixture());
  const platform = scriptedPlatform();
  const env = { MIO_POSTGRES_DSN: proxy.through(fixture.dsn) };
  const pool = opening.use(await fixture.startPool({ channels: [platform.channel], env }));
  const opened = opening.move();
  const publish = async (conversationId = newId()) => {
    const command = fixture.command({ conversationId });
    await fixture.publish(command);
    return command.id;
  };
  // Opens the account's reader and some connections.
  await Promise.all((await Promise.all([1, 2, 3].map(() => publish()))).map((id) => fixture.receipt(id)));
  const timed = async (id: string): Promise<number> => {
    const startedAt = performance.now();
    expect(await fixture.receipt(id)).toMatchObject({ state: SENT });
    return performance.now() - startedAt;
  };
  return {
    proxy,
    fixture,
    platform,
    pool,
    publish,
    timed,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

test.concurrent.each(["delivery-claim", "delivery-end"])(
  "a connection that falls silent at the %s holds up its own command for seconds, and nothing is posted twice",
  async (statement) => {
    await using world = await openWorld();
    const { proxy, pool, platform } = world;
    const silenced = proxy.silenceAt(statement);
    const held = await world.publish();
    await silenced;
    const [waited, other] = await Promise.all([
      world.timed(held),
      world.publish().then((id) => world.timed(id)),
      // The ping goes over another connection; it is the unanswered statement that shows.
      eventually(async () => expect((await pool.ready()).ok).toBe(false)),
    ]);
    expect(waited).toBeLessThan(8_000);
    // Less than the deadline of a statement.
    expect(other).toBeLessThan(4_500);
    expect(platform.callsOf(held)).toHaveLength(1);
    expect(pool.logs.text()).not.toContain("internal.unexpected");
    await eventually(async () => expect((await pool.ready()).ok).toBe(true));
  },
);

test.concurrent("when all connections fall silent, it goes on with new ones", async () => {
  await using world = await openWorld();
  const { proxy, pool } = world;
  expect(proxy.silence()).toBeGreaterThan(1);
  const ids = await Promise.all([1, 2, 3, 4].map(() => world.publish()));
  for (const waited of await Promise.all(ids.map((id) => world.timed(id))))
    expect(waited).toBeLessThan(9_000);
  expect(pool.logs.text()).not.toContain("internal.unexpected");
});

test.concurrent("it stops while its connections are silent", async () => {
  await using world = await openWorld();
  world.proxy.silence();
  const startedAt = performance.now();
  await world.pool.stop();
  expect(performance.now() - startedAt).toBeLessThan(12_000);
});

test.concurrent("connections that Postgres ends, as when it restarts, are an outage and not a fault", async () => {
  await using world = await openWorld();
  const { fixture, pool, platform } = world;
  const ids: string[] = [];
  for (let at = 0; at < 3; at += 1) {
    ids.push(...(await Promise.all(Array.from({ length: 10 }, () => world.publish()))));
    await fixture.store.pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE 'mio-%'`,
    );
  }
  for (const id of ids) {
    expect(await fixture.receipt(id)).toMatchObject({ state: SENT });
    expect(platform.callsOf(id)).toHaveLength(1);
  }
  const failures = () => pool.logs.matching({ msg: "worker.failed", worker: "account-changes" });
  await eventually(() => failures().length > 0);
  expect(failures()[0]).toMatchObject({ err: { code: "store.unavailable" } });
  expect(pool.logs.text()).not.toContain("internal.unexpected");
});

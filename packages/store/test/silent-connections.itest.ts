import { newId } from "@mio/envelope";
import { ConversationKind } from "@mio/proto";
import { aMessage, eventually, type SilencingProxy, silencingProxy, testDatabase } from "@mio/testkit";
import { expect, test } from "vitest";
import {
  createLedger,
  ensureAccount,
  ensureTenant,
  listenForAccountChanges,
  migrate,
  openStore,
  type Store,
  type StoreOptions,
  withCredentialLock,
} from "../src/index.ts";

/** Short deadlines: 1 s on the server, 3 s for the answer. */
const statementTimeoutMs = 1_000;
const accountId = "018f3c9e-7b1a-7c3d-8e4f-000000000001";

interface World extends AsyncDisposable {
  readonly proxy: SilencingProxy;
  readonly dsn: string;
  open(options?: Partial<StoreOptions>): Promise<Store>;
}

/** A migrated database behind a proxy. */
async function openWorld(): Promise<World> {
  const opened = new AsyncDisposableStack();
  const prepare = async (to: string): Promise<void> => void (await migrate({ dsn: to }));
  const database = opened.use(await testDatabase({ template: { name: "store", prepare } }));
  const proxy = opened.use(await silencingProxy(database.dsn));
  const dsn = proxy.through(database.dsn);
  const defaults = { dsn, maxConnections: 4, statementTimeoutMs, applicationName: "test" };
  return {
    proxy,
    dsn,
    open: async (options = {}) => opened.use(await openStore({ ...defaults, ...options })),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** Opens one connection per query. */
const occupy = (store: Store, connections: number): Promise<unknown> =>
  Promise.all(Array.from({ length: connections }, () => store.pool.query("SELECT pg_sleep(0.05)")));
const elapsed = async (work: PromiseLike<unknown>): Promise<number> => {
  const startedAt = performance.now();
  await Promise.resolve(work).catch(() => undefined);
  return performance.now() - startedAt;
};

test.concurrent("a query on a silent connection fails at its deadline, and the connection is discarded", async () => {
  await using world = await openWorld();
  const store = await world.open();
  const silenced = world.proxy.silenceAt("SELECT 'swallowed'");
  const query = store.pool.query("SELECT 'swallowed'");
  await silenced;
  // Other queries are served meanwhile, on other connections.
  await store.pool.query("SELECT 1");
  await expect(query).rejects.toMatchObject({ code: "store.unavailable", retry: "soon" });
  expect(await elapsed(occupy(store, 4))).toBeLessThan(2_500);
});

test.concurrent("silent idle connections cost no further request", async () => {
  await using world = await openWorld();
  const store = await world.open();
  await occupy(store, 4);
  expect(world.proxy.silence()).toBe(4);
  await expect(store.pool.query("SELECT 1")).rejects.toMatchObject({ code: "store.unavailable" });
  expect(await elapsed(store.pool.query("SELECT 1"))).toBeLessThan(2_500);
  expect(await elapsed(occupy(store, 4))).toBeLessThan(2_500);
});

test.concurrent("a ping fails while an older query is unanswered, even if its own connection works", async () => {
  await using world = await openWorld();
  const store = await world.open();
  await store.ping();
  const silenced = world.proxy.silenceAt("SELECT 'swallowed'");
  const query = store.pool.query("SELECT 'swallowed'");
  await silenced;
  await store.ping();
  await eventually(async () => {
    await expect(store.ping()).rejects.toThrow("Postgres does not answer: a connection is silent.");
  });
  await expect(query).rejects.toMatchObject({ code: "store.unavailable" });
  await store.ping();
});

test.concurrent("a new connection that is silent from the start fails at the connect timeout", async () => {
  await using world = await openWorld();
  world.proxy.silenceNew(true);
  const { dsn } = world;
  const stop = new AbortController();
  const attempts = [
    world.open(),
    migrate({ dsn }),
    listenForAccountChanges({ dsn, onChange: () => {} }, stop.signal),
  ];
  await Promise.all(
    attempts.map((attempt) => expect(attempt).rejects.toMatchObject({ code: "store.unavailable" })),
  );
});

test.concurrent("a store closes although its connections are silent, busy and idle", async () => {
  await using world = await openWorld();
  const store = await openStore({ dsn: world.dsn, maxConnections: 4, applicationName: "test" });
  await occupy(store, 3);
  world.proxy.silence();
  const query = store.pool.query("SELECT 1");
  const failed = expect(query).rejects.toMatchObject({ code: "store.unavailable" });
  expect(await elapsed(store[Symbol.asyncDispose]())).toBeLessThan(4_500);
  await failed;
});

test.concurrent("a store closes although a connection was never released", async () => {
  await using world = await openWorld();
  const store = await openStore({ dsn: world.dsn, maxConnections: 4, applicationName: "test" });
  const client = await store.pool.connect();
  client.on("error", () => {});
  await store[Symbol.asyncDispose]();
  await expect(client.query("SELECT 1")).rejects.toThrow();
}, 20_000);

test.concurrent("the listener fails without an answer to its heartbeat, and ends on abort", async () => {
  await using world = await openWorld();
  const stop = new AbortController();
  const heard: unknown[] = [];
  const listen = () =>
    listenForAccountChanges(
      { dsn: world.dsn, onChange: (change) => heard.push(change), heartbeatMs: 20 },
      stop.signal,
    );
  const listening = listen();
  await eventually(() => heard.length === 1);
  world.proxy.silence();
  await expect(listening).rejects.toMatchObject({ code: "store.unavailable" });
  const again = listen();
  await eventually(() => heard.length === 2);
  world.proxy.silence();
  stop.abort();
  // Sooner than the deadline of its query.
  expect(await elapsed(again)).toBeLessThan(4_500);
});

test.concurrent("a transaction under the credential lock fails when its connection falls silent", async () => {
  await using world = await openWorld();
  const store = await world.open();
  const options = { waitMs: 300, holdMs: 1_000 };
  const lock = withCredentialLock(store, accountId, {
    ...options,
    work: async (db) => {
      world.proxy.silence();
      await db.query("SELECT 1");
    },
  });
  const waited = await elapsed(lock);
  expect(waited).toBeLessThan(6_000);
  await expect(lock).rejects.toMatchObject({ code: "store.unavailable" });
  // Postgres releases the lock of the silent holder.
  await eventually(() => withCredentialLock(store, accountId, { ...options, work: async () => true }));
});

test.concurrent("values that Postgres rejects are never retried, every other failure is", async () => {
  await using world = await openWorld();
  const store = await world.open();
  const refused = { code: "store.refused", retry: "never" };
  await expect(store.pool.query("SELECT $1::text", ["\u0000"])).rejects.toMatchObject(refused);
  await expect(store.pool.query("SELECT $1::uuid", ["no uuid"])).rejects.toMatchObject(refused);
  await expect(store.pool.query("SELECT FROM nowhere")).rejects.toMatchObject({ code: "store.write_failed" });
  await expect(store.pool.query("SELECT pg_sleep(5)")).rejects.toMatchObject({ code: "store.unavailable" });
  const lock = { waitMs: 300, holdMs: 1_000 };
  const work = async (db: Pick<Store["pool"], "query">): Promise<unknown> =>
    db.query("SELECT $1::uuid", ["no uuid"]);
  await expect(withCredentialLock(store, accountId, { ...lock, work })).rejects.toMatchObject(refused);
});

test.concurrent("writing one event at a time stops at the first unanswered one", async () => {
  await using world = await openWorld();
  const { pool } = await world.open();
  const tenantId = newId();
  await ensureTenant(pool, { id: tenantId, slug: "dev" });
  const account = { id: accountId, tenantId, channelType: "slack", externalId: "T1", displayName: "" };
  await ensureAccount(pool, account);
  const ledger = createLedger(pool);
  const accept = (sourceMessageId: string, of = accountId) => {
    const message = { ...aMessage({ tenantId, accountId: of, sourceMessageId }), id: "", conversationId: "" };
    return ledger.accept({ message, containerKind: ConversationKind.DM });
  };
  // Only the event's own statement is silenced, not the batch statement.
  const silenced = world.proxy.silenceAt('{"swallowed"}');
  const outcomes = await Promise.allSettled([
    accept("written before"),
    accept("refused", newId()),
    accept("written"),
    accept("swallowed"),
    accept("not tried"),
    accept("not tried either"),
  ]);
  await silenced;
  const ended = outcomes.map((outcome) => (outcome.status === "rejected" ? outcome.reason.code : "written"));
  const passing = "store.write_failed";
  expect(ended).toEqual(["written", "store.refused", "written", passing, passing, passing]);
  const { rows } = await pool.query("SELECT FROM messages WHERE source_message_id LIKE 'not tried%'");
  expect(rows).toEqual([]);
});

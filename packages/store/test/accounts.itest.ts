import { newId } from "@mio/envelope";
import { systemClock } from "@mio/pacing";
import { createLogger } from "@mio/service-kit";
import { testDatabase } from "@mio/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  createAccountCache,
  ensureAccount,
  ensureTenant,
  findAccount,
  listenForAccountChanges,
  listRoutableAccounts,
  listUnservedAccounts,
  migrate,
  openStore,
} from "../src/index.ts";
import { type StoreFixture, storeFixture } from "./support.ts";

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await storeFixture();
});
afterAll(() => fixture[Symbol.asyncDispose]());

async function addAccount(externalId: string): Promise<string> {
  const id = newId();
  const { tenantId } = fixture;
  await ensureAccount(fixture.store.pool, {
    id,
    tenantId,
    channelType: "slack",
    externalId,
    displayName: externalId,
  });
  return id;
}
const routable = async () =>
  (await listRoutableAccounts(fixture.store.pool, "slack")).map(({ externalId }) => externalId);

test("excludes disabled accounts, disabled tenants and pending installs from routing", async () => {
  const { pool } = fixture.store;
  await addAccount("T-live");
  const disabled = await addAccount("T-disabled");
  const installing = await addAccount("T-installing");
  await addAccount("pending:0a1b2c3d");
  await pool.query("UPDATE accounts SET disabled_at = now() WHERE id = $1", [disabled]);
  await pool.query("INSERT INTO installs (id, account_id, state) VALUES ($1, $1, 'pending')", [installing]);
  const installed = await addAccount("T-installed");
  await pool.query("INSERT INTO installs (id, account_id, state) VALUES ($1, $1, 'active')", [installed]);
  expect(await routable()).toEqual(["T-live", "T-installed"]);
  expect(await findAccount(pool, disabled)).toMatchObject({ disabled: true });
  await pool.query("UPDATE tenants SET disabled_at = now()");
  expect(await routable()).toEqual([]);
  await pool.query("UPDATE tenants SET disabled_at = NULL");
  expect(await findAccount(pool, newId())).toBeUndefined();
});

test("lists enabled accounts of unserved channels", async () => {
  const { pool } = fixture.store;
  const unserved = async () => (await listUnservedAccounts(pool, ["slack"])).map(({ id }) => id);
  expect(await unserved()).toEqual([fixture.accountId]);
  expect(await listUnservedAccounts(pool, ["slack", "zoho_cliq"])).toEqual([]);
  await pool.query("UPDATE accounts SET disabled_at = now() WHERE id = $1", [fixture.accountId]);
  expect(await unserved()).toEqual([]);
  await pool.query("UPDATE accounts SET disabled_at = NULL WHERE id = $1", [fixture.accountId]);
});

test("notifies listeners of every change and ends on abort", async () => {
  const changes: string[] = [];
  const stop = new AbortController();
  const listening = listenForAccountChanges(
    { dsn: fixture.database.dsn, onChange: () => changes.push("changed") },
    stop.signal,
  );
  await expect.poll(() => changes.length).toBe(1);
  await addAccount("T-new");
  await expect.poll(() => changes.length).toBe(2);
  stop.abort();
  await listening;
});

test("empties the cache before calling back on a change", async () => {
  const cache = createAccountCache({
    lookUp: routable,
    dsn: fixture.database.dsn,
    clock: systemClock,
    logger: createLogger({ service: "test", level: "silent" }),
  });
  const answers: Promise<readonly string[]>[] = [];
  cache.onChange(() => answers.push(cache.get("slack")));
  const stop = new AbortController();
  const listening = cache.worker.run(stop.signal);
  await expect.poll(() => answers.length).toBe(1);
  await answers[0];
  expect(await cache.get("slack")).not.toContain("T-announced");
  await addAccount("T-announced");
  await expect.poll(() => answers.length).toBe(2);
  expect(await answers[1]).toContain("T-announced");
  stop.abort();
  await listening;
});

test("seeding twice changes nothing", async () => {
  const tenant = { id: fixture.tenantId, slug: "dev", displayName: "Renamed" };
  await ensureTenant(fixture.store.pool, tenant);
  const { rows } = await fixture.store.pool.query("SELECT display_name FROM tenants WHERE id = $1", [
    tenant.id,
  ]);
  expect(rows).toEqual([{ display_name: null }]);
});

test("runs migrations once when several processes start together", async () => {
  await using database = await testDatabase();
  const runs = await Promise.all([1, 2, 3].map(() => migrate({ dsn: database.dsn })));
  const applied = runs.filter((names) => names.length > 0);
  expect(applied).toHaveLength(1);
  expect(applied[0]).toContain("0001_tenants_accounts");
  expect(await migrate({ dsn: database.dsn })).toEqual([]);
});

test("reports an unreachable Postgres", async () => {
  const options = { dsn: "postgres://127.0.0.1:1/nothing", maxConnections: 1, applicationName: "test" };
  await expect(openStore(options)).rejects.toMatchObject({ code: "store.unavailable", retry: "soon" });
  await expect(migrate({ dsn: options.dsn })).rejects.toMatchObject({ code: "store.unavailable" });
});

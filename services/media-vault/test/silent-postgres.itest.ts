import { newId } from "@mio/envelope";
import { ensureAccount, ensureTenant, migrate, openStore } from "@mio/store";
import { eventually, silencingProxy, testDatabase } from "@mio/testkit";
import { expect, test } from "vitest";
import { expectEnriched, openVault } from "./vault-fixture.ts";

/** A vault with a Postgres whose connections can fall silent. */
async function openWorld() {
  await using opening = new AsyncDisposableStack();
  const prepare = async (dsn: string): Promise<void> => void (await migrate({ dsn }));
  const { dsn } = opening.use(await testDatabase({ template: { name: "store", prepare } }));
  const proxy = opening.use(await silencingProxy(dsn));
  const store = opening.use(await openStore({ dsn, maxConnections: 1, applicationName: "test" }));
  const [tenantId, accountId] = [newId(), newId()];
  await ensureTenant(store.pool, { id: tenantId, slug: "dev" });
  const account = { tenantId, channelType: "zoho_cliq", externalId: "org", displayName: "Test" };
  await ensureAccount(store.pool, { id: accountId, ...account });
  const vault = opening.use(await openVault({ env: { MIO_POSTGRES_DSN: proxy.through(dsn) } }));
  const opened = opening.move();
  const withFile = () =>
    vault.publish({ tenantId, accountId, attachments: [{ url: `${vault.files.url}/x` }] });
  return { proxy, vault, withFile, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

test.concurrent("enriches messages although the connections to Postgres fell silent", async () => {
  await using world = await openWorld();
  const { proxy, vault } = world;
  const first = await world.withFile();
  await expectEnriched(vault, [first.id]);
  expect(proxy.silence()).toBeGreaterThan(0);
  const startedAt = performance.now();
  const second = await world.withFile();
  await Promise.all([
    expectEnriched(vault, [first.id, second.id]),
    eventually(async () => expect((await vault.ready()).ok).toBe(false)),
  ]);
  expect(performance.now() - startedAt).toBeLessThan(9_000);
  await eventually(async () => expect((await vault.ready()).ok).toBe(true));
  expect(vault.logs().text()).not.toContain("internal.unexpected");
});

test.concurrent("stops while its connections are silent", async () => {
  await using world = await openWorld();
  const { proxy, vault } = world;
  await expectEnriched(vault, [(await world.withFile()).id]);
  proxy.silence();
  await world.withFile();
  const startedAt = performance.now();
  await vault.stop();
  expect(performance.now() - startedAt).toBeLessThan(12_000);
});

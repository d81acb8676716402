import { systemClock } from "@mio/pacing";
import { createLogger } from "@mio/service-kit";
import { readCredentials, type Store } from "@mio/store";
import { expect, test } from "vitest";
import { createVaults } from "../src/index.ts";
import { type SealingFixture, sealingFixture, secret } from "./support.ts";

/** A pool that the test can disconnect. */
function switchable(pool: Store["pool"]) {
  const state = { isAway: false };
  const cut = (): void => {
    if (state.isAway) throw new Error("Postgres is away");
  };
  const through: Pick<Store, "pool"> = {
    pool: {
      maxConnections: pool.maxConnections,
      query: async (...query) => {
        cut();
        return pool.query(...query);
      },
      connect: async () => {
        cut();
        return pool.connect();
      },
    },
  };
  return { state, through };
}

/** A process that lost Postgres during the platform call. */
async function afterLosingPostgres(fixture: SealingFixture) {
  const owner = await fixture.addAccount();
  const { state, through } = switchable(fixture.store.pool);
  const logger = createLogger({ service: "test", level: "info", destination: fixture.logs.destination });
  const vaults = createVaults({ store: through, keyRing: fixture.keyRing, clock: systemClock, logger });
  const ask = async () => {
    // Ends the connection of the transaction too.
    await fixture.store.pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_locks
       WHERE locktype = 'advisory' AND granted
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    );
    state.isAway = true;
    return secret("rotated");
  };
  expect(await vaults(owner).renew({ staleVersion: undefined, ask })).toMatchObject(secret("rotated"));
  const stored = async () => (await readCredentials(fixture.store.pool, owner.id)) !== undefined;
  expect(await stored()).toBe(false);
  return { owner, state, vaults, stored };
}

test("stores renewed credentials before it ends, once Postgres is back", async () => {
  await using fixture = await sealingFixture();
  const { state, vaults, stored } = await afterLosingPostgres(fixture);
  const disposed = vaults[Symbol.asyncDispose]();
  state.isAway = false;
  await disposed;
  expect(await stored()).toBe(true);
  expect(fixture.logs.matching({ msg: "credentials.lost" })).toEqual([]);
});

test("ends without storing and logs the account", async () => {
  await using fixture = await sealingFixture();
  const { owner, vaults } = await afterLosingPostgres(fixture);
  const startedAt = performance.now();
  await vaults[Symbol.asyncDispose]();
  expect(performance.now() - startedAt).toBeLessThan(10_000);
  expect(fixture.logs.matching({ msg: "credentials.lost" })).toMatchObject([{ account_id: owner.id }]);
});

test("does not return kept credentials that the platform has refused", async () => {
  await using fixture = await sealingFixture();
  const { owner, state, vaults } = await afterLosingPostgres(fixture);
  const kept = await vaults(owner).read();
  const renew = () => vaults(owner).renew({ staleVersion: kept?.version, ask: async () => secret("later") });
  await expect(renew()).rejects.toThrow("Postgres is away");
  state.isAway = false;
  expect(await renew()).toMatchObject(secret("later"));
  await vaults[Symbol.asyncDispose]();
});

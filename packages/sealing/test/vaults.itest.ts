import { systemClock } from "@mio/pacing";
import { createLogger } from "@mio/service-kit";
import { readAccountHealth, readCredentials, setCredentials } from "@mio/store";
import { captureLogs, eventually } from "@mio/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Owner, openVaults, sealCredentials } from "../src/index.ts";
import { type SealingFixture, sealingFixture, secret } from "./support.ts";

let fixture: SealingFixture;
beforeAll(async () => {
  fixture = await sealingFixture();
});
afterAll(() => fixture[Symbol.asyncDispose]());

const stored = (owner: Owner) => readCredentials(fixture.store.pool, owner.id);
const never = () => Promise.reject(new Error("the platform was asked"));

async function takeLocksAway(): Promise<void> {
  await fixture.store.pool.query(
    `SELECT pg_terminate_backend(pid) FROM pg_locks
     WHERE locktype = 'advisory' AND granted
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
}

async function setByOperator(owner: Owner, value: string): Promise<void> {
  const sealed = await sealCredentials(fixture.keyRing, owner, { ...secret(value), authKind: "oauth2" });
  await setCredentials(fixture.store.pool, owner.id, sealed);
}

describe("a vault", () => {
  test("renews once for all processes, and each gets the result", async () => {
    const owner = await fixture.addAccount();
    const processes = await Promise.all([1, 2, 3].map(() => fixture.openProcess()));
    let asked = 0;
    const ask = async () => {
      asked += 1;
      return secret(`token ${asked}`);
    };
    const renewed = await Promise.all(
      Array.from({ length: 30 }, (_, index) => {
        const vault = processes[index % 3]?.vaults(owner);
        return vault?.renew({ staleVersion: undefined, ask });
      }),
    );
    expect(asked).toBe(1);
    expect(new Set(renewed.map((credentials) => credentials?.version)).size).toBe(1);
    for (const { vaults } of processes) {
      expect(await vaults(owner).read()).toMatchObject({
        ...secret("token 1"),
        version: renewed[0]?.version,
      });
    }
    const row = await stored(owner);
    expect(row).toMatchObject({ authKind: "oauth2", keyVersion: 1, expiresAt: secret("").expiresAt });
    expect(Buffer.from(row?.ciphertext ?? []).includes("token 1")).toBe(false);
  });

  test("leaves half of the connections free while it waits for platforms", async () => {
    const { vaults, store } = await fixture.openProcess({ maxConnections: 4 });
    const owners = await Promise.all(Array.from({ length: 6 }, () => fixture.addAccount()));
    const answer = Promise.withResolvers<void>();
    let asked = 0;
    const ask = async () => {
      asked += 1;
      await answer.promise;
      return secret("token");
    };
    const renewals = owners.map((owner) => vaults(owner).renew({ staleVersion: undefined, ask }));
    await eventually(() => expect(asked).toBe(2));
    await Promise.all([1, 2].map(() => store.pool.query("SELECT 1")));
    expect(asked).toBe(2);
    answer.resolve();
    await Promise.all(renewals);
    expect(asked).toBe(6);
  });

  test("keeps the old credentials after a failed renewal, and lets the next caller ask", async () => {
    const owner = await fixture.addAccount();
    const { vaults } = await fixture.openProcess();
    await setByOperator(owner, "old");
    const held = await vaults(owner).read();
    const staleVersion = held?.version;
    const refused = vaults(owner).renew({ staleVersion, ask: () => Promise.reject(new Error("away")) });
    await expect(refused).rejects.toThrow("away");
    expect(await vaults(owner).read()).toEqual(held);
    const ask = async (given: unknown) => {
      expect(given).toEqual(held);
      return secret("new");
    };
    expect(await vaults(owner).renew({ staleVersion, ask })).toMatchObject(secret("new"));
    expect(await vaults(owner).renew({ staleVersion, ask: never })).toMatchObject(secret("new"));
  });

  test("keeps credentials that an operator set during the platform call", async () => {
    const owner = await fixture.addAccount();
    const { vaults } = await fixture.openProcess();
    const ask = async () => {
      await setByOperator(owner, "typed in");
      return secret("from the platform");
    };
    const credentials = await vaults(owner).renew({ staleVersion: undefined, ask });
    expect(credentials).toMatchObject(secret("typed in"));
    expect(await vaults(owner).read()).toEqual(credentials);
  });

  test("keeps renewed credentials when Postgres disconnects meanwhile", async () => {
    const owner = await fixture.addAccount();
    const [one, other] = [await fixture.openProcess(), await fixture.openProcess()];
    const ask = async () => {
      await takeLocksAway();
      return secret("rotated");
    };
    const credentials = await one.vaults(owner).renew({ staleVersion: undefined, ask });
    expect(credentials).toMatchObject(secret("rotated"));
    expect(await one.vaults(owner).read()).toEqual(credentials);
    await expect.poll(() => other.vaults(owner).read()).toEqual(credentials);
    expect(await one.vaults(owner).renew({ staleVersion: undefined, ask: never })).toEqual(credentials);
  });

  test("yields to a process that renewed after it had lost its lock", async () => {
    const owner = await fixture.addAccount();
    const [one, other] = [await fixture.openProcess(), await fixture.openProcess()];
    const ask = async () => {
      await takeLocksAway();
      await other.vaults(owner).renew({ staleVersion: undefined, ask: async () => secret("the other's") });
      return secret("too late");
    };
    const credentials = await one.vaults(owner).renew({ staleVersion: undefined, ask });
    expect(credentials).toMatchObject(secret("too late"));
    await expect.poll(() => one.vaults(owner).read()).toMatchObject(secret("the other's"));
  });

  test("does not open a row copied from another account", async () => {
    const [owner, stranger] = [await fixture.addAccount(), await fixture.addAccount()];
    const { vaults } = await fixture.openProcess();
    await setByOperator(owner, "mine");
    const row = await stored(owner);
    if (row !== undefined) await setCredentials(fixture.store.pool, stranger.id, row);
    await expect(vaults(stranger).read()).rejects.toMatchObject({ code: "credentials.unreadable" });
  });

  test("leaves connections free while a platform hangs", async () => {
    const owners = await Promise.all([1, 2, 3, 4].map(() => fixture.addAccount()));
    const { store, vaults } = await fixture.openProcess({ maxConnections: 2 });
    const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
    const ask = async () => {
      await answered;
      return secret("slow");
    };
    const renewals = owners.map((owner) => vaults(owner).renew({ staleVersion: undefined, ask }));
    await store.ping();
    answer();
    expect(await Promise.all(renewals)).toHaveLength(4);
  });
});

test("writes and logs a health change once for all processes", async () => {
  const owner = await fixture.addAccount();
  const [one, other] = [await fixture.openProcess(), await fixture.openProcess()];
  const lines = (msg: string) => fixture.logs.matching({ msg, account_id: owner.id });
  await one.vaults(owner).report({ state: "ok" });
  for (const { vaults } of [one, other, one]) {
    await vaults(owner).report({ state: "reauth_required", reason: "invalid_grant" });
  }
  expect(await readAccountHealth(fixture.store.pool, owner.id)).toMatchObject({
    state: "reauth_required",
    reason: "invalid_grant",
  });
  expect(lines("credentials.reauth_required")).toMatchObject([{ reason: "invalid_grant" }]);
  for (const { vaults } of [one, other]) await vaults(owner).report({ state: "ok" });
  expect(await readAccountHealth(fixture.store.pool, owner.id)).toMatchObject({ state: "ok" });
  expect(lines("credentials.accepted")).toHaveLength(1);
});

describe("without a key", () => {
  test("each process renews its own, in memory", async () => {
    const owner = await fixture.addAccount();
    let asked = 0;
    const ask = async () => {
      asked += 1;
      return secret(`token ${asked}`);
    };
    const keyless = { keyRing: undefined };
    for (const { vaults } of [await fixture.openProcess(keyless), await fixture.openProcess(keyless)]) {
      const { version } = await vaults(owner).renew({ staleVersion: undefined, ask });
      expect(await vaults(owner).read()).toMatchObject({ version });
    }
    expect(asked).toBe(2);
    expect(await stored(owner)).toBeUndefined();
  });

  test("rejects an account with sealed credentials instead of using the settings", async () => {
    const owner = await fixture.addAccount();
    await setByOperator(owner, "sealed");
    const { vaults } = await fixture.openProcess({ keyRing: undefined });
    await expect(vaults(owner).read()).rejects.toMatchObject({ code: "credentials.no_key" });
  });

  test.each([
    ["dev", 0],
    ["staging", 1],
    ["prod", 1],
  ] as const)("in %s logs %d warnings", async (env, warnings) => {
    const logs = captureLogs();
    const logger = createLogger({ service: "test", level: "info", destination: logs.destination });
    await openVaults({ MIO_ENV: env }, { store: fixture.store, clock: systemClock, logger });
    expect(logs.matching({ msg: "credentials.not_shared" })).toHaveLength(warnings);
  });
});

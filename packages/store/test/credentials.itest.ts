import { randomUUID } from "node:crypto";
import { newId } from "@mio/envelope";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type AccountChange,
  listCredentials,
  listenForAccountChanges,
  markHealthy,
  markReauthRequired,
  openStore,
  readAccountHealth,
  readCredentials,
  replaceCredentials,
  resealCredentials,
  type SealedCredentials,
  setCredentials,
  withCredentialLock,
} from "../src/index.ts";
import { type StoreFixture, storeFixture } from "./support.ts";

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await storeFixture();
});
afterAll(() => fixture[Symbol.asyncDispose]());

const sealed = (text: string): SealedCredentials => ({
  authKind: "oauth2",
  ciphertext: Buffer.from(text),
  keyVersion: 1,
  expiresAt: new Date("2030-01-01T00:00:00Z"),
  version: randomUUID(),
});

async function addAccount(): Promise<string> {
  const id = newId();
  await fixture.store.pool.query(
    `INSERT INTO accounts (id, tenant_id, channel_type, external_id, display_name)
     VALUES ($1, $2, 'slack', $3, 'x')`,
    [id, fixture.tenantId, id],
  );
  return id;
}
const read = (accountId: string) => readCredentials(fixture.store.pool, accountId);
const textOf = async (accountId: string) => Buffer.from((await read(accountId))?.ciphertext ?? []).toString();

test("returns credentials as stored, with account and tenant", async () => {
  const { pool } = fixture.store;
  const accountId = await addAccount();
  expect(await read(accountId)).toBeUndefined();
  const first = sealed("first");
  expect(await replaceCredentials(pool, accountId, { staleVersion: undefined, sealed: first })).toBe(true);
  expect(await read(accountId)).toMatchObject({ ...first, accountId, tenantId: fixture.tenantId });
  expect(await listCredentials(pool)).toContainEqual(await read(accountId));
});

test("stores nothing over a version other than the stale one", async () => {
  const { pool } = fixture.store;
  const accountId = await addAccount();
  const [first, second] = [sealed("first"), sealed("second")];
  const replace = (staleVersion: string | undefined, next: SealedCredentials) =>
    replaceCredentials(pool, accountId, { staleVersion, sealed: next });
  expect(await replace(randomUUID(), sealed("never"))).toBe(false);
  expect(await replace(undefined, first)).toBe(true);
  expect(await replace(undefined, sealed("never"))).toBe(false);
  expect(await replace(first.version, second)).toBe(true);
  expect(await replace(first.version, sealed("never"))).toBe(false);
  expect(await textOf(accountId)).toBe("second");
});

test("resealing keeps the version and skips secrets renewed meanwhile", async () => {
  const { pool } = fixture.store;
  const accountId = await addAccount();
  const first = sealed("first");
  await setCredentials(pool, accountId, first);
  const resealed = { version: first.version, ciphertext: Buffer.from("again"), keyVersion: 2 };
  expect(await resealCredentials(pool, accountId, resealed)).toBe(true);
  expect(await read(accountId)).toMatchObject({ version: first.version, keyVersion: 2 });
  await setCredentials(pool, accountId, sealed("second"));
  expect(await resealCredentials(pool, accountId, resealed)).toBe(false);
  expect(await textOf(accountId)).toBe("second");
});

test("an operator's credentials replace any others, notify and heal the account", async () => {
  const { store, database } = fixture;
  const accountId = await addAccount();
  await setCredentials(store.pool, accountId, sealed("first"));
  await markReauthRequired(store.pool, accountId, "invalid_grant");
  const another = await addAccount();
  await markReauthRequired(store.pool, another, "invalid_grant");
  const changes: AccountChange[] = [];
  const stop = new AbortController();
  const listening = listenForAccountChanges(
    { dsn: database.dsn, onChange: (change) => changes.push(change) },
    stop.signal,
  );
  await expect.poll(() => changes).toEqual([{}]);
  const renewed = sealed("renewed");
  const { version = "" } = (await read(accountId)) ?? {};
  await replaceCredentials(store.pool, accountId, { staleVersion: version, sealed: renewed });
  await setCredentials(store.pool, accountId, sealed("typed in"));
  const announced = [{}, { credentialsOf: accountId }];
  await expect.poll(() => changes).toEqual(announced);
  stop.abort();
  await listening;
  expect(changes).toEqual(announced);
  expect(await textOf(accountId)).toBe("typed in");
  expect(await readAccountHealth(store.pool, accountId)).toMatchObject({ state: "ok", reason: "" });
  expect(await readAccountHealth(store.pool, another)).toMatchObject({ state: "reauth_required" });
});

test("reports a health change once; an account without a record is ok", async () => {
  const { pool } = fixture.store;
  const accountId = await addAccount();
  expect(await readAccountHealth(pool, accountId)).toEqual({ state: "ok", reason: "", changedAt: undefined });
  expect(await markHealthy(pool, accountId)).toBe(false);
  expect(await markReauthRequired(pool, accountId, "invalid_grant")).toBe(true);
  expect(await markReauthRequired(pool, accountId, "invalid_grant")).toBe(false);
  expect(await readAccountHealth(pool, accountId)).toMatchObject({
    state: "reauth_required",
    reason: "invalid_grant",
    changedAt: expect.any(Date),
  });
  expect(await markReauthRequired(pool, accountId, "account_inactive")).toBe(true);
  expect(await readAccountHealth(pool, accountId)).toMatchObject({ reason: "account_inactive" });
  expect(await markHealthy(pool, accountId)).toBe(true);
  expect(await markHealthy(pool, accountId)).toBe(false);
});

const limits = { waitMs: 5_000, holdMs: 5_000 };

test("locks per account and leaves other accounts unblocked", async () => {
  const { store } = fixture;
  const [accountId, other] = [await addAccount(), await addAccount()];
  let atOnce = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    atOnce += 1;
    most = Math.max(most, atOnce);
    await withCredentialLock(store, other, { ...limits, work: () => Promise.resolve() });
    atOnce -= 1;
  };
  await Promise.all([1, 2, 3].map(() => withCredentialLock(store, accountId, { ...limits, work })));
  expect(most).toBe(1);
});

test("rolls failed work back, and bounds the wait for the lock", async () => {
  const { store } = fixture;
  const accountId = await addAccount();
  const failing = withCredentialLock(store, accountId, {
    ...limits,
    work: async (db) => {
      await replaceCredentials(db, accountId, { staleVersion: undefined, sealed: sealed("half") });
      const waiting = withCredentialLock(store, accountId, {
        waitMs: 50,
        holdMs: 5_000,
        work: () => Promise.resolve(),
      });
      await expect(waiting).rejects.toMatchObject({ code: "credentials.busy", retry: "soon" });
      throw new Error("away");
    },
  });
  await expect(failing).rejects.toThrow("away");
  expect(await read(accountId)).toBeUndefined();
});

test("a silent holder loses the lock and fails when it stores", async () => {
  const accountId = await addAccount();
  await using frozen = await openStore({
    dsn: fixture.database.dsn,
    maxConnections: 1,
    applicationName: "frozen",
  });
  const { promise: thawed, resolve: thaw } = Promise.withResolvers<void>();
  const { promise: held, resolve: hold } = Promise.withResolvers<void>();
  const losing = withCredentialLock(frozen, accountId, {
    waitMs: 5_000,
    holdMs: 100,
    work: async (db) => {
      hold();
      await thawed;
      await replaceCredentials(db, accountId, { staleVersion: undefined, sealed: sealed("too late") });
    },
  });
  await held;
  const won = withCredentialLock(fixture.store, accountId, { ...limits, work: () => Promise.resolve("won") });
  expect(await won).toBe("won");
  thaw();
  await expect(losing).rejects.toThrow();
  expect(await read(accountId)).toBeUndefined();
  // The pool has discarded the broken connection.
  await frozen.ping();
});

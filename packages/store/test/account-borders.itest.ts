import { newId } from "@mio/envelope";
import { expect, test } from "vitest";
import {
  createLedger,
  type Db,
  findSourceMessageId,
  markReauthRequired,
  purgeRedrives,
  readAccountHealth,
  readRateBucket,
  recordRedrive,
  replaceRateBucket,
  withCredentialLock,
} from "../src/index.ts";
import { storeFixture } from "./support.ts";

test("finds a message by id only within its own account", async () => {
  await using fixture = await storeFixture();
  const { pool } = fixture.store;
  const draft = fixture.draft();
  const { messageId } = await createLedger(pool).accept(draft);
  const { accountId } = fixture;
  expect(await findSourceMessageId(pool, { accountId, messageId })).toBe(draft.message.sourceMessageId);
  expect(await findSourceMessageId(pool, { accountId: newId(), messageId })).toBeUndefined();
});

test("each replacement of a bucket needs the version of the previous one", async () => {
  await using fixture = await storeFixture();
  const { pool } = fixture.store;
  const key = newId();
  const replace = async (state: string) =>
    replaceRateBucket(pool, key, { ...(await readRateBucket(pool, key)), state });
  const first = await replace("first");
  const second = await replace("second");
  expect([first.kept.version, second.kept.version]).toEqual([1, 2]);
  const late = await replaceRateBucket(pool, key, { ...first.kept, state: "late" });
  expect([late.replaced, late.kept.state]).toEqual([false, "second"]);
});

test("a used redrive stays used when requested again, and old redrives are purged", async () => {
  await using fixture = await storeFixture();
  const { pool } = fixture.store;
  const redrive = { accountId: fixture.accountId, commandId: newId(), token: "t", requestedBy: "test" };
  await recordRedrive(pool, redrive);
  await pool.query("UPDATE delivery_redrives SET used_at = now()");
  await recordRedrive(pool, redrive);
  const { rows } = await pool.query("SELECT used_at IS NULL AS usable FROM delivery_redrives");
  expect(rows).toEqual([{ usable: false }]);
  await recordRedrive(pool, { ...redrive, token: "never used" });
  expect(await purgeRedrives(pool, new Date(Date.now() - 60_000))).toBe(0);
  expect(await purgeRedrives(pool, new Date(Date.now() + 60_000))).toBe(2);
});

test("commits writes under the credential lock, and rolls them back when the work throws", async () => {
  await using fixture = await storeFixture();
  const { store, accountId } = fixture;
  const lock = { waitMs: 1_000, holdMs: 1_000 };
  const work = (db: Db) => markReauthRequired(db, accountId, "revoked");
  const state = async () => (await readAccountHealth(store.pool, accountId)).state;
  const failing = async (db: Db): Promise<void> => {
    await work(db);
    throw new Error("the platform is away");
  };
  await expect(withCredentialLock(store, accountId, { ...lock, work: failing })).rejects.toThrow("is away");
  expect(await state()).toBe("ok");
  await withCredentialLock(store, accountId, { ...lock, work });
  expect(await state()).toBe("reauth_required");
});

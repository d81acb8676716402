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

test("a message is found by its id within its own account only", async () => {
  await using fixture = await storeFixture();
  const { pool } = fixture.store;
  const draft = fixture.draft();
  const { messageId } = await createLedger(pool).accept(draft);
  const { accountId } = fixture;
  expect(await findSourceMessageId(pool, { accountId, messageId })).toBe(draft.message.sourceMessageId);
  expect(await findSourceMessageId(pool, { accountId: newId(), messageId })).toBeUndefined();
});

test("each replacement of a bucket has a version of its own, which the next one must know", async () => {
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

test("a redrive that was used stays used when it is asked for again, and is forgotten when it is old", async () => {
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

test("what is written under the credential lock counts when the work is done, and not when it throws", async () => {
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

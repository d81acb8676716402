import { newId } from "@mio/envelope";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  beatDeliveries,
  claimedExternalIds,
  createDeliveryLedger,
  findDelivery,
  findPostedWith,
  readInterim,
  readRateBucket,
  replaceRateBucket,
  scheduleDelivery,
  suppressDelivery,
  takeOverDelivery,
} from "../src/index.ts";
import { type StoreFixture, storeFixture } from "./support.ts";

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await storeFixture();
});
afterAll(() => fixture[Symbol.asyncDispose]());

const conversationId = newId();
const claimOf = (commandId: string, owner = "pod-1") => ({
  tenantId: fixture.tenantId,
  accountId: fixture.accountId,
  commandId,
  channelType: "zoho_cliq",
  conversationId,
  owner,
  operation: "send",
});
const attemptOf = (commandId: string, attempt: number, owner = "pod-1") => ({
  accountId: fixture.accountId,
  commandId,
  owner,
  attempt,
});

test("claims a command once and returns it as sent afterwards", async () => {
  const { pool } = fixture.store;
  const commandId = newId();
  expect(await createDeliveryLedger(pool).claim(claimOf(commandId))).toEqual({
    kind: "claimed",
    attempt: 1,
    externalIds: [],
  });
  expect(
    await createDeliveryLedger(pool).end(attemptOf(commandId, 1), { state: "sent", externalIds: ["17_1"] }),
  ).toBe(true);
  expect(await createDeliveryLedger(pool).claim(claimOf(commandId, "pod-2"))).toEqual({
    kind: "sent",
    attempt: 1,
    externalIds: ["17_1"],
  });
  expect(await findDelivery(pool, { accountId: fixture.accountId, commandId })).toMatchObject({
    state: "sent",
    externalIds: ["17_1"],
  });
  expect(await findDelivery(pool, { accountId: newId(), commandId })).toBeUndefined();
  const claimed = await claimedExternalIds(pool, {
    accountId: fixture.accountId,
    conversationId,
    since: new Date(Date.now() - 60_000),
    exceptCommandId: newId(),
  });
  expect(claimed).toContain("17_1");
});

test("one of 20 parallel claims wins and the others see it interrupted", async () => {
  const commandId = newId();
  const claims = await Promise.all(
    Array.from({ length: 20 }, (_, at) =>
      createDeliveryLedger(fixture.store.pool).claim(claimOf(commandId, `pod-${at}`)),
    ),
  );
  expect(claims.filter(({ kind }) => kind === "claimed")).toHaveLength(1);
  expect(claims.filter(({ kind }) => kind === "interrupted")).toHaveLength(19);
});

test("reclaims an attempt that did nothing, with the next number", async () => {
  const { pool } = fixture.store;
  const commandId = newId();
  await createDeliveryLedger(pool).claim(claimOf(commandId));
  const refused = {
    state: "waiting",
    code: "delivery.throttled",
    reason: "throttled",
    externalIds: [],
  } as const;
  expect(await createDeliveryLedger(pool).end(attemptOf(commandId, 1), refused)).toBe(true);
  expect(await createDeliveryLedger(pool).claim(claimOf(commandId, "pod-2"))).toMatchObject({
    kind: "claimed",
    attempt: 2,
  });
});

test("keeps the parts of an unfinished command across attempts; they are not a post", async () => {
  const { pool } = fixture.store;
  const { accountId } = fixture;
  const commandId = newId();
  const [one, two, three] = ["a", "b", "c"].map((part) => `${commandId}-${part}`);
  if (one === undefined || two === undefined || three === undefined) throw new Error("three parts");
  await createDeliveryLedger(pool).claim(claimOf(commandId));
  const open = { state: "sending", externalIds: [one] } as const;
  expect(await createDeliveryLedger(pool).end(attemptOf(commandId, 1), open)).toBe(true);
  const seen = { kind: "interrupted", attempt: 1, externalIds: [one] };
  expect(await createDeliveryLedger(pool).claim(claimOf(commandId, "pod-2"))).toMatchObject(seen);
  expect(await takeOverDelivery(pool, attemptOf(commandId, 1, "pod-2"), [one, two])).toBe(2);
  const waiting = { state: "waiting", code: "c", reason: "r", externalIds: [one, two] } as const;
  expect(await createDeliveryLedger(pool).end(attemptOf(commandId, 2, "pod-2"), waiting)).toBe(true);
  expect(await createDeliveryLedger(pool).claim(claimOf(commandId, "pod-3"))).toEqual({
    kind: "claimed",
    attempt: 3,
    externalIds: [one, two],
  });
  expect((await findDelivery(pool, { accountId, commandId }))?.state).not.toBe("sent");
  expect(await findPostedWith(pool, { accountId, externalId: one })).toBeUndefined();
  const place = { accountId, conversationId, since: new Date(Date.now() - 60_000) };
  expect(await claimedExternalIds(pool, { ...place, exceptCommandId: newId() })).toContain(two);
  expect(await claimedExternalIds(pool, { ...place, exceptCommandId: commandId })).not.toContain(two);
  const sent = { state: "sent", externalIds: [one, two, three] } as const;
  expect(await createDeliveryLedger(pool).end(attemptOf(commandId, 3, "pod-3"), sent)).toBe(true);
  expect(await findPostedWith(pool, { accountId, externalId: one })).toEqual([one, two, three]);
  expect(await findPostedWith(pool, { accountId, externalId: two })).toBeUndefined();
  expect(await findPostedWith(pool, { accountId: newId(), externalId: one })).toBeUndefined();
});

test("finds the remains of a dead command by their first id, not by the command", async () => {
  const { pool } = fixture.store;
  const { accountId } = fixture;
  const commandId = newId();
  await createDeliveryLedger(pool).claim(claimOf(commandId));
  const dead = { state: "dead", code: "c", reason: "r", externalIds: [`${commandId}-a`] } as const;
  await createDeliveryLedger(pool).end(attemptOf(commandId, 1), dead);
  expect(await createDeliveryLedger(pool).claim(claimOf(commandId))).toMatchObject({
    externalIds: dead.externalIds,
  });
  expect((await findDelivery(pool, { accountId, commandId }))?.state).not.toBe("sent");
  const [first] = dead.externalIds;
  expect(await findPostedWith(pool, { accountId, externalId: first })).toEqual([first]);
  const edit = newId();
  await createDeliveryLedger(pool).claim(claimOf(edit));
  const edited = { firstExternalId: first, externalIds: [first, `${commandId}-b`] };
  await createDeliveryLedger(pool).end(attemptOf(edit, 1), {
    state: "sent",
    externalIds: edited.externalIds,
    edited,
  });
  expect(await findPostedWith(pool, { accountId, externalId: first })).toEqual(edited.externalIds);
});

test("an edit updates the ids of its post unless its attempt was fenced", async () => {
  const { pool } = fixture.store;
  const { accountId } = fixture;
  const [post, edit, stranger] = [newId(), newId(), newId()];
  const first = `${post}-a`;
  for (const commandId of [post, stranger]) {
    await createDeliveryLedger(pool).claim(claimOf(commandId));
    const externalIds = commandId === post ? [first] : [`${stranger}-a`, first];
    await createDeliveryLedger(pool).end(attemptOf(commandId, 1), { state: "sent", externalIds });
  }
  await createDeliveryLedger(pool).claim(claimOf(edit));
  const longer = [first, `${post}-b`];
  const edited = { firstExternalId: first, externalIds: longer };
  const end = { state: "sent", externalIds: longer, edited } as const;
  expect(await createDeliveryLedger(pool).end(attemptOf(edit, 7), end)).toBe(false);
  expect(await findDelivery(pool, { accountId, commandId: post })).toMatchObject({
    state: "sent",
    externalIds: [first],
  });
  expect(await createDeliveryLedger(pool).end(attemptOf(edit, 1), end)).toBe(true);
  expect(await findDelivery(pool, { accountId, commandId: post })).toMatchObject({
    state: "sent",
    externalIds: longer,
  });
  expect(await findDelivery(pool, { accountId, commandId: stranger })).toMatchObject({
    state: "sent",
    externalIds: [`${stranger}-a`, first],
  });
});

test("an interrupted attempt is taken over once and its old owner is fenced", async () => {
  const { pool } = fixture.store;
  const commandId = newId();
  await createDeliveryLedger(pool).claim(claimOf(commandId, "crashed"));
  const seen = await createDeliveryLedger(pool).claim(claimOf(commandId, "pod-2"));
  expect(seen).toMatchObject({ kind: "interrupted", attempt: 1, owner: "crashed" });
  expect(await takeOverDelivery(pool, attemptOf(commandId, 1, "pod-2"), [])).toBe(2);
  expect(await takeOverDelivery(pool, attemptOf(commandId, 1, "pod-3"), [])).toBeUndefined();
  const late = { state: "sent", externalIds: ["late"] } as const;
  expect(await createDeliveryLedger(pool).end(attemptOf(commandId, 1, "crashed"), late)).toBe(false);
  expect(await createDeliveryLedger(pool).end(attemptOf(commandId, 2, "pod-2"), late)).toBe(true);
});

test("the same command id in another account is another command", async () => {
  const { pool } = fixture.store;
  const commandId = newId();
  await createDeliveryLedger(pool).claim(claimOf(commandId));
  expect(await createDeliveryLedger(pool).claim({ ...claimOf(commandId), accountId: newId() })).toMatchObject(
    {
      kind: "claimed",
    },
  );
});

test("ended commands return code and reason", async () => {
  const { pool } = fixture.store;
  const commandId = newId();
  await createDeliveryLedger(pool).claim(claimOf(commandId));
  await createDeliveryLedger(pool).end(attemptOf(commandId, 1), {
    state: "dead",
    code: "delivery.permanent",
    reason: "not_found",
    externalIds: [],
  });
  const ended = {
    kind: "ended",
    state: "dead",
    attempt: 1,
    externalIds: [],
    code: "delivery.permanent",
    reason: "not_found",
  };
  expect(await createDeliveryLedger(pool).claim(claimOf(commandId))).toEqual(ended);
});

test("an attempt is a lease: only its owner renews it, and a claim returns its silence", async () => {
  const { pool } = fixture.store;
  const [held, lost] = [newId(), newId()];
  for (const commandId of [held, lost]) {
    await createDeliveryLedger(pool).claim(claimOf(commandId, `owner of ${commandId}`));
  }
  await pool.query(
    "UPDATE deliveries SET beat_at = now() - interval '20 seconds' WHERE command_id = ANY($1)",
    [[held, lost]],
  );
  await takeOverDelivery(pool, attemptOf(lost, 1, "other"), []);
  const renewed = await beatDeliveries(
    pool,
    [held, lost].map((commandId) => attemptOf(commandId, 1, `owner of ${commandId}`)),
  );
  expect(renewed).toEqual(new Set([`owner of ${held}`]));
  const claim = await createDeliveryLedger(pool).claim(claimOf(held, "third"));
  expect(claim).toMatchObject({ kind: "interrupted", operation: "send" });
  expect(claim.kind === "interrupted" && claim.silentMs).toBeLessThan(10_000);
});

test("a scheduled command is claimed when due, and can be suppressed only before", async () => {
  const { pool } = fixture.store;
  const [due, canceled] = [newId(), newId()];
  const why = { code: "delivery.suppressed", reason: "canceled" };
  const dueAt = new Date(Date.now() + 60_000);
  for (const commandId of [due, canceled]) {
    expect(await scheduleDelivery(pool, claimOf(commandId), { dueAt })).toBe(true);
  }
  expect(await findDelivery(pool, { accountId: fixture.accountId, commandId: due })).toEqual({
    state: "scheduled",
    externalIds: [],
    conversationId: claimOf(due).conversationId,
    dueAt,
  });
  expect(await createDeliveryLedger(pool).claim(claimOf(due))).toMatchObject({ kind: "claimed", attempt: 1 });
  expect(await scheduleDelivery(pool, claimOf(due), { dueAt })).toBe(false);
  expect(await suppressDelivery(pool, claimOf(due), why)).toBe(false);
  expect(await suppressDelivery(pool, claimOf(canceled), why)).toBe(true);
  expect(await createDeliveryLedger(pool).claim(claimOf(canceled))).toMatchObject({
    kind: "ended",
    state: "suppressed",
    reason: "canceled",
  });
});

test("a post names its interim command until it is finished", async () => {
  const { pool } = fixture.store;
  const { accountId } = fixture;
  const [post, edit, last] = [newId(), newId(), newId()];
  const externalId = `${post}-a`;
  const end = async (commandId: string, interim: string, isEdit: boolean) => {
    await createDeliveryLedger(pool).claim({ ...claimOf(commandId), operation: isEdit ? "edit" : "send" });
    const edited = isEdit ? { firstExternalId: externalId, externalIds: [externalId] } : undefined;
    const state = { state: "sent", externalIds: [externalId], edited, interim } as const;
    await createDeliveryLedger(pool).end(attemptOf(commandId, 1), state);
    return await readInterim(pool, { accountId, externalId });
  };
  expect(await end(post, post, false)).toBe(post);
  expect(await end(edit, edit, true)).toBe(edit);
  expect(await end(last, "", true)).toBe("");
});

test("one of several callers with the same version replaces a bucket", async () => {
  const { pool } = fixture.store;
  const key = newId();
  expect(await readRateBucket(pool, key)).toEqual({ version: 0, state: undefined, now: expect.any(Number) });
  const writes = await Promise.all(
    [1, 2, 3, 4].map((state) => replaceRateBucket(pool, key, { version: 0, state: { by: state } })),
  );
  expect(writes.filter(({ replaced }) => replaced)).toHaveLength(1);
  const kept = await readRateBucket(pool, key);
  expect(kept.version).toBe(1);
  expect(writes.every(({ kept: seen }) => seen.version === 1)).toBe(true);
  expect((await replaceRateBucket(pool, key, { ...kept, state: {} })).replaced).toBe(true);
});

test("replacing a bucket repeatedly does not write its indexes", async () => {
  const { pool } = fixture.store;
  const client = await pool.connect();
  const updates = async () => {
    await client.query("SELECT pg_stat_force_next_flush()");
    const { rows } = await client.query<{ all: number; hot: number }>(
      `SELECT n_tup_upd::int AS all, n_tup_hot_upd::int AS hot FROM pg_stat_user_tables WHERE relname = 'rate_buckets'`,
    );
    return rows[0] ?? expect.fail("no such table");
  };
  const key = newId();
  await replaceRateBucket(client, key, { version: 0, state: {} });
  const before = await updates();
  for (let version = 1; version <= 10; version += 1) {
    await replaceRateBucket(client, key, { version, state: {} });
  }
  const after = await updates();
  client.release();
  expect(after.all - before.all).toBe(10);
  // One of them may be the first of its hour.
  expect(after.hot - before.hot).toBeGreaterThanOrEqual(9);
});

import { newId } from "@mio/envelope";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  claimDelivery,
  claimedExternalIds,
  endAttempt,
  findExternalIds,
  purgeDeliveries,
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
});
const attemptOf = (commandId: string, attempt: number, owner = "pod-1") => ({
  accountId: fixture.accountId,
  commandId,
  owner,
  attempt,
});

test("a command is claimed once, and known as sent afterwards", async () => {
  const { pool } = fixture.store;
  const commandId = newId();
  expect(await claimDelivery(pool, claimOf(commandId))).toEqual({ kind: "claimed", attempt: 1 });
  expect(await endAttempt(pool, attemptOf(commandId, 1), { state: "sent", externalIds: ["17_1"] })).toBe(
    true,
  );
  expect(await claimDelivery(pool, claimOf(commandId, "pod-2"))).toEqual({
    kind: "sent",
    attempt: 1,
    externalIds: ["17_1"],
  });
  expect(await findExternalIds(pool, { accountId: fixture.accountId, commandId })).toEqual(["17_1"]);
  expect(await findExternalIds(pool, { accountId: newId(), commandId })).toBeUndefined();
  const claimed = await claimedExternalIds(pool, {
    accountId: fixture.accountId,
    conversationId,
    since: new Date(Date.now() - 60_000),
  });
  expect(claimed).toContain("17_1");
});

test("of 20 parallel claims one wins and the others see it under way", async () => {
  const commandId = newId();
  const claims = await Promise.all(
    Array.from({ length: 20 }, (_, at) => claimDelivery(fixture.store.pool, claimOf(commandId, `pod-${at}`))),
  );
  expect(claims.filter(({ kind }) => kind === "claimed")).toHaveLength(1);
  expect(claims.filter(({ kind }) => kind === "interrupted")).toHaveLength(19);
});

test("an attempt that surely did nothing is claimed again with the next number", async () => {
  const { pool } = fixture.store;
  const commandId = newId();
  await claimDelivery(pool, claimOf(commandId));
  const refused = { state: "waiting", code: "delivery.throttled", reason: "throttled" } as const;
  expect(await endAttempt(pool, attemptOf(commandId, 1), refused)).toBe(true);
  expect(await claimDelivery(pool, claimOf(commandId, "pod-2"))).toEqual({ kind: "claimed", attempt: 2 });
});

test("an interrupted attempt is taken over once, and its former owner is fenced out", async () => {
  const { pool } = fixture.store;
  const commandId = newId();
  await claimDelivery(pool, claimOf(commandId, "crashed"));
  const seen = await claimDelivery(pool, claimOf(commandId, "pod-2"));
  expect(seen).toMatchObject({ kind: "interrupted", attempt: 1, owner: "crashed" });
  expect(await takeOverDelivery(pool, attemptOf(commandId, 1, "pod-2"))).toBe(2);
  expect(await takeOverDelivery(pool, attemptOf(commandId, 1, "pod-3"))).toBeUndefined();
  const late = { state: "sent", externalIds: ["late"] } as const;
  expect(await endAttempt(pool, attemptOf(commandId, 1, "crashed"), late)).toBe(false);
  expect(await endAttempt(pool, attemptOf(commandId, 2, "pod-2"), late)).toBe(true);
});

test("the same command id under another account is another command", async () => {
  const { pool } = fixture.store;
  const commandId = newId();
  await claimDelivery(pool, claimOf(commandId));
  expect(await claimDelivery(pool, { ...claimOf(commandId), accountId: newId() })).toMatchObject({
    kind: "claimed",
  });
});

test("ended commands tell why, and are purged only when old", async () => {
  const { pool } = fixture.store;
  const commandId = newId();
  await claimDelivery(pool, claimOf(commandId));
  await endAttempt(pool, attemptOf(commandId, 1), {
    state: "dead",
    code: "delivery.permanent",
    reason: "not_found",
  });
  const ended = { kind: "ended", state: "dead", attempt: 1, code: "delivery.permanent", reason: "not_found" };
  expect(await claimDelivery(pool, claimOf(commandId))).toEqual(ended);
  await purgeDeliveries(pool, new Date(Date.now() - 60_000));
  expect(await claimDelivery(pool, claimOf(commandId))).toEqual(ended);
  expect(await purgeDeliveries(pool, new Date(Date.now() + 60_000))).toBeGreaterThan(0);
  expect(await claimDelivery(pool, claimOf(commandId))).toEqual({ kind: "claimed", attempt: 1 });
});

import { newId } from "@mio/envelope";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createDeliveryLedger, findConversations, isForeignExternalId } from "../src/index.ts";
import { type StoreFixture, storeFixture } from "./support.ts";

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await storeFixture();
});
afterAll(() => fixture[Symbol.asyncDispose]());

async function sentBy(accountId: string, externalId: string): Promise<void> {
  const { pool } = fixture.store;
  const commandId = newId();
  const place = { tenantId: fixture.tenantId, accountId, commandId, channelType: "zoho_cliq" };
  await createDeliveryLedger(pool).claim({
    ...place,
    conversationId: newId(),
    owner: "pod-1",
    operation: "send",
  });
  const attempt = { accountId, commandId, owner: "pod-1", attempt: 1 };
  await createDeliveryLedger(pool).end(attempt, { state: "sent", externalIds: [externalId] });
}

test("a message is foreign if only another account of the channel created it", async () => {
  const { pool } = fixture.store;
  const [mine, other] = [fixture.accountId, newId()];
  await sentBy(other, "17_1");
  await sentBy(other, "17_2");
  await sentBy(mine, "17_2");
  const ask = (externalId: string, channelType = "zoho_cliq") =>
    isForeignExternalId(pool, { accountId: mine, channelType, externalId });
  expect(await ask("17_1")).toBe(true);
  expect(await ask("17_2")).toBe(false);
  expect(await ask("17_3")).toBe(false);
  expect(await ask("17_1", "slack")).toBe(false);
});

test("finds a conversation by id, and by external id within its account", async () => {
  const { pool } = fixture.store;
  const id = newId();
  await pool.query(
    "INSERT INTO conversations (id, tenant_id, account_id, channel_type, kind, external_id) VALUES ($1, $2, $3, $4, $5, $6)",
    [id, fixture.tenantId, fixture.accountId, "zoho_cliq", "CONVERSATION_KIND_DM", `CT_${id}`],
  );
  const { accountId } = fixture;
  const externalId = `CT_${id}`;
  const found = [{ id, accountId, externalId, address: undefined }];
  const none = { id: newId(), accountId, externalId: "" };
  const find = async (place: typeof none) => (await findConversations(pool, [place]))[0];
  expect(await find({ ...none, id })).toEqual(found);
  expect(await find({ ...none, externalId })).toEqual(found);
  expect(await find({ id, accountId, externalId })).toEqual(found);
  expect(await find(none)).toEqual([]);
  expect(await find({ id: "general", accountId, externalId })).toEqual(found);
  expect(await find({ ...none, accountId: newId(), externalId })).toEqual([]);
  const all = await findConversations(pool, [none, { ...none, id }, none, { ...none, externalId }]);
  expect(all).toEqual([[], found, [], found]);
});

import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { encodeCommand, headerNames, newId, outboundSubject } from "@mio/envelope";
import {
  DeliveryReceipt_State,
  MessageRelation_Kind,
  MessageRelationSchema,
  type SendCommand,
} from "@mio/proto";
import { createDeliveryLedger, ensureAccount, ensureTenant } from "@mio/store";
import { eventually } from "@mio/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";
import { deadLetterOf, expectRefusedBy } from "./expect-refused.ts";
import { externalIdOf, openPoolFixture, type PoolFixture, type RunningPool } from "./pool-fixture.ts";
import { type PlatformCall, type ScriptedPlatform, scriptedPlatform } from "./scripted-platform.ts";
import { storeMessage } from "./store-message.ts";

let fixture: PoolFixture;
let pool: RunningPool;
let platform: ScriptedPlatform;
beforeAll(async () => {
  fixture = await openPoolFixture();
  platform = scriptedPlatform({
    methods: ["remove", "react"],
    conversationAddress: ({ attributes }) => attributes["address"] ?? "",
    resolveEditTarget: ({ externalIds: [id] }) => {
      const [conversationExternalId = ""] = id.split(":");
      const place = id.includes(":") ? { conversationExternalId } : {};
      return { kind: "message", postedAt: undefined, ...place };
    },
  });
  pool = await fixture.startPool({ channels: [platform.channel] });
});
afterAll(async () => {
  await pool.stop();
  await fixture[Symbol.asyncDispose]();
});

const expectRefused = (command: SendCommand, reason: string, code?: string) =>
  expectRefusedBy({ fixture, platform }, command, { reason, ...(code !== undefined && { code }) });

/** The calls that the platform got for it. */
async function expectSent(command: SendCommand): Promise<readonly PlatformCall[]> {
  await fixture.publish(command);
  expect(await fixture.receipt(command.id)).toMatchObject({ state: DeliveryReceipt_State.SENT });
  return platform.callsOf(command.id);
}

it("refuses an account that does not exist, or cannot", async () => {
  await expectRefused(fixture.command({ accountId: newId() }), "no_account");
  await expectRefused(fixture.command({ accountId: "not-a-uuid" }), "no_account");
});

it("refuses the tenant of another account, and still delivers the account's own command", async () => {
  const real = fixture.command();
  const forged = fixture.command({ id: real.id, conversationId: real.conversationId, tenantId: newId() });
  await expectRefused(forged, "wrong_tenant");
  await fixture.publish(real, `real:${real.id}`);
  await eventually(async () => {
    const states = (await fixture.receipts(real.id)).map(({ state }) => state);
    expect(states).toEqual([DeliveryReceipt_State.FAILED, DeliveryReceipt_State.SENT]);
  });
});

it("refuses a channel that is not the account's", async () => {
  await expectRefused(fixture.command({ channelType: "slack" }), "wrong_channel");
});

it("refuses a channel this pool has no adapter for", async () => {
  const accountId = newId();
  const { tenantId } = fixture;
  const account = { id: accountId, tenantId, channelType: "slack", externalId: "T1", displayName: "Slack" };
  await ensureAccount(fixture.store.pool, account);
  await expectRefused(fixture.command({ accountId, channelType: "slack" }), "no_sender");
});

it("refuses disabled accounts and accounts of disabled tenants", async () => {
  const accountId = await fixture.anAccount();
  await fixture.store.pool.query("UPDATE accounts SET disabled_at = now() WHERE id = $1", [accountId]);
  await expectRefused(fixture.command({ accountId }), "account_disabled");
  const tenantId = newId();
  const other = newId();
  await ensureTenant(fixture.store.pool, { id: tenantId, slug: tenantId });
  const account = { id: other, tenantId, channelType: "zoho_cliq", externalId: other, displayName: "Other" };
  await ensureAccount(fixture.store.pool, account);
  await fixture.store.pool.query("UPDATE tenants SET disabled_at = now() WHERE id = $1", [tenantId]);
  await expectRefused(fixture.command({ accountId: other, tenantId }), "account_disabled");
});

it("still says that a command was sent when its account was disabled afterwards", async () => {
  const accountId = await fixture.anAccount();
  const command = fixture.command({ accountId });
  await fixture.publish(command);
  await fixture.receipt(command.id);
  await fixture.store.pool.query("UPDATE accounts SET disabled_at = now() WHERE id = $1", [accountId]);
  await fixture.publish(command, `again:${command.id}`);
  await eventually(async () => expect(await fixture.left()).toBe(0));
  const states = (await fixture.receipts(command.id)).map(({ state }) => state);
  expect(new Set(states)).toEqual(new Set([DeliveryReceipt_State.SENT]));
});

it("refuses an account whose install is not complete", async () => {
  const accountId = newId();
  const account = {
    id: accountId,
    tenantId: fixture.tenantId,
    channelType: "zoho_cliq",
    externalId: `pending:${accountId}`,
    displayName: "Pending",
  };
  await ensureAccount(fixture.store.pool, account);
  await expectRefused(fixture.command({ accountId }), "account_pending");
});

it("refuses the conversation of another account", async () => {
  const conversationId = newId();
  await fixture.store.pool.query(
    `INSERT INTO conversations (id, tenant_id, account_id, channel_type, kind, external_id)
     VALUES ($1, $2, $3, 'zoho_cliq', 'CONVERSATION_KIND_DM', 'CT_other')`,
    [conversationId, fixture.tenantId, await fixture.anAccount()],
  );
  await expectRefused(fixture.command({ conversationId }), "wrong_conversation");
});

it("refuses to reach a conversation by the subject of another", async () => {
  const [known, other] = [newId(), newId()];
  await storeMessage(fixture, known, newId());
  await storeMessage(fixture, other, newId());
  const place = { conversationId: known, conversationExternalId: externalIdOf(other) };
  await expectRefused(fixture.command(place), "wrong_conversation");
  await expectRefused(fixture.command({ ...place, conversationId: newId() }), "wrong_conversation");
  await expectRefused(fixture.command({ ...place, conversationId: "general" }), "wrong_conversation");
});

it("refuses the address of another conversation, and accepts a new one at once", async () => {
  const conversationId = newId();
  await storeMessage(fixture, conversationId, newId());
  const record = (address: string) =>
    fixture.store.pool.query("UPDATE conversations SET address = $2 WHERE id = $1", [
      conversationId,
      address,
    ]);
  const to = (address: string, conversationExternalId = externalIdOf(conversationId)) =>
    fixture.command({ conversationId, conversationExternalId, attributes: { address } });
  await record("old");
  await expectRefused(to("elsewhere"), "wrong_conversation");
  await expectRefused(to("elsewhere", ""), "wrong_conversation");
  await expectSent(to("old"));
  await record("new");
  await expectSent(to("new"));
});

it("sends a command without an external id to the conversation that its subject names", async () => {
  const conversationId = newId();
  await storeMessage(fixture, conversationId, newId());
  const [call] = await expectSent(fixture.command({ conversationId, conversationExternalId: "" }));
  expect(call?.command.conversationExternalId).toBe(externalIdOf(conversationId));
});

it("refuses to change a message of another conversation", async () => {
  const [known, other] = [newId(), newId()];
  await storeMessage(fixture, known, newId());
  const sourceId = `${externalIdOf(other)}:1`;
  const messageId = await storeMessage(fixture, other, sourceId);
  const about = (kind: MessageRelation_Kind) =>
    create(MessageRelationSchema, { kind, targetMessageId: messageId, reactionEmoji: "👍" });
  for (const target of [
    { editOfExternalId: sourceId },
    { editOfMessageId: messageId },
    { relation: about(MessageRelation_Kind.REACTION) },
    { relation: about(MessageRelation_Kind.DELETE) },
  ]) {
    const command = fixture.command({ conversationId: known, ...target });
    await fixture.publish(command);
    expect(await fixture.receipt(command.id)).toMatchObject({ reason: "wrong_target" });
    expect(platform.callsOf(command.id)).toEqual([]);
    await expectSent(fixture.command({ conversationId: other, ...target }));
  }
});

it("refuses to take back or to change a scheduled command of another conversation", async () => {
  const [known, other] = [newId(), newId()];
  for (const conversationId of [known, other]) await storeMessage(fixture, conversationId, newId());
  const sendAt = timestampFromDate(new Date(Date.now() + 3_600_000));
  // A UUID may be spelled in any case.
  const conversationId = known.toUpperCase();
  const conversationExternalId = externalIdOf(known);
  const scheduled = fixture.command({ conversationId, conversationExternalId, sendAt });
  await fixture.publish(scheduled);
  await eventually(async () => {
    const { rows } = await fixture.store.pool.query("SELECT state FROM deliveries WHERE command_id = $1", [
      scheduled.id,
    ]);
    expect(rows).toEqual([{ state: "scheduled" }]);
  });
  const relation = create(MessageRelationSchema, {
    kind: MessageRelation_Kind.DELETE,
    targetMessageId: scheduled.id,
  });
  const takeBack = (conversationId: string) => fixture.command({ conversationId, relation, text: "" });
  const edit = fixture.command({ conversationId: other, editOfMessageId: scheduled.id });
  for (const stranger of [takeBack(other), edit]) {
    await fixture.publish(stranger);
    expect(await fixture.receipt(stranger.id)).toMatchObject({ reason: "wrong_target" });
  }
  const own = takeBack(known);
  await fixture.publish(own);
  expect(await fixture.receipt(own.id)).toMatchObject({ state: DeliveryReceipt_State.SENT });
});

it("refuses to edit what another account posted", async () => {
  const accountId = await fixture.anAccount();
  const commandId = newId();
  const place = { tenantId: fixture.tenantId, accountId, channelType: "zoho_cliq", conversationId: newId() };
  await createDeliveryLedger(fixture.store.pool).claim({
    ...place,
    commandId,
    owner: "o",
    operation: "send",
  });
  const attempt = { accountId, commandId, owner: "o", attempt: 1 };
  await createDeliveryLedger(fixture.store.pool).end(attempt, { state: "sent", externalIds: ["99_1"] });
  await expectRefused(fixture.command({ editOfExternalId: "99_1" }), "wrong_target");
  const byCommand = fixture.command({ editOfMessageId: commandId });
  await fixture.publish(byCommand);
  await fixture.receipt(byCommand.id);
  expect(platform.callsOf(byCommand.id).map(({ method }) => method)).toEqual(["send"]);
});

it("refuses what is not a valid command", async () => {
  await expectRefused(fixture.command({ schemaVersion: 2 }), "invalid", "envelope.invalid");
  await expectRefused(fixture.command({ tenantId: "" }), "invalid", "envelope.invalid");
});

it("gives up bytes that are not a command, without a receipt", async () => {
  const subject = `mio.outbound.zoho_cliq.${fixture.accountId}.${newId()}`;
  await fixture.publishBytes(subject, Uint8Array.of(0xff, 0xff, 0xff));
  await eventually(async () => {
    const letters = await fixture.deadLetters();
    const reasons = letters.map(({ header }) => header(headerNames.deadReason));
    expect(reasons).toContain("undecodable");
  });
});

it.each([
  ["another account", () => ({ accountId: newId() })],
  ["another conversation", () => ({ conversationId: newId() })],
  ["another channel", () => ({ channelType: "slack" })],
])("gives up a command on the subject of %s, without a receipt", async (_where, other) => {
  const command = fixture.command();
  const elsewhere = outboundSubject({ ...command, ...other() });
  await fixture.publishBytes(elsewhere, encodeCommand(command));
  const letter = await deadLetterOf(fixture, command);
  expect(letter.header(headerNames.deadReason)).toBe("invalid");
  expect(await fixture.receipts(command.id)).toEqual([]);
  expect(platform.callsOf(command.id)).toEqual([]);
});

import { streams } from "@mio/bus";
import { DeliveryError } from "@mio/channel-kit";
import { headerNames, newId } from "@mio/envelope";
import { DeliveryReceipt_State, type SendCommand } from "@mio/proto";
import { createDeliveryLedger } from "@mio/store";
import { eventually } from "@mio/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPoolFixture, type PoolFixture } from "./pool-fixture.ts";
import { scriptedPlatform } from "./scripted-platform.ts";
import { storeMessage } from "./store-message.ts";

const { SENT, FAILED, UNKNOWN } = DeliveryReceipt_State;

let fixture: PoolFixture;
beforeAll(async () => {
  fixture = await openPoolFixture();
});
afterAll(() => fixture[Symbol.asyncDispose]());

const unknownFate = () =>
  new DeliveryError({ kind: "unknown", reason: "timeout", message: "The connection broke." });

/** The record after a crash between intent and end. */
async function interruptedBy(owner: string, command: SendCommand, operation = "send"): Promise<void> {
  const { tenantId, accountId } = fixture;
  const { id: commandId, conversationId } = command;
  const place = { tenantId, accountId, channelType: "zoho_cliq", conversationId };
  await createDeliveryLedger(fixture.store.pool).claim({ ...place, commandId, owner, operation });
  await fixture.store.pool.query(
    `UPDATE deliveries SET started_at = now() - interval '10 minutes', beat_at = now() - interval '10 minutes'
     WHERE command_id = $1`,
    [commandId],
  );
}

describe("a command", () => {
  it("is posted once, recorded, announced and acknowledged", async () => {
    const platform = scriptedPlatform();
    await using pool = await fixture.startPool({ channels: [platform.channel] });
    const command = fixture.command();
    await fixture.publish(command);
    expect(await fixture.receipt(command.id)).toMatchObject({
      commandId: command.id,
      tenantId: fixture.tenantId,
      accountId: fixture.accountId,
      channelType: "zoho_cliq",
      conversationId: command.conversationId,
      state: SENT,
      externalIds: [`x-${command.id}`],
      attempts: 1,
      code: "",
      reason: "",
    });
    await eventually(async () => expect(await fixture.left()).toBe(0));
    expect(platform.callsOf(command.id)).toHaveLength(1);
    const [line] = pool.logs.matching({ msg: "delivery.sent", command_id: command.id });
    expect(line).toMatchObject({ operation: "send", attempts: 1, deliveries: 1 });
    expect(pool.logs.text()).not.toContain(command.text);
    const metrics = await pool.metrics();
    expect(metrics).toContain('mio_gateway_outbound_sent_total{channel_type="zoho_cliq",outcome="ok"} 1');
    expect(metrics).toContain("mio_sender_pool_dispatch_seconds_count");
    expect(metrics).toContain("mio_sender_pool_in_flight 0");
  });

  it("is never posted again when it is published or delivered again", async () => {
    const platform = scriptedPlatform();
    await using _pool = await fixture.startPool({ channels: [platform.channel] });
    const command = fixture.command();
    await fixture.publish(command);
    await fixture.receipt(command.id);
    await fixture.publish(command, `again:${command.id}`);
    await fixture.publish(command, `and-again:${command.id}`);
    await eventually(async () => expect(await fixture.left()).toBe(0));
    expect(platform.callsOf(command.id)).toHaveLength(1);
  });

  it("waits until its receipt can be published, and is not posted again meanwhile", async () => {
    await using own = await openPoolFixture();
    const platform = scriptedPlatform();
    await using pool = await own.startPool({ channels: [platform.channel] });
    const { name } = streams.receipts;
    const refusing = (await own.bus.jsm.streams.info(streams.outbound.name)).config.discard;
    await own.bus.jsm.streams.update(name, { max_bytes: 1, discard: refusing });
    const command = own.command();
    await own.publish(command);
    await eventually(() => pool.logs.matching({ msg: "delivery.infrastructure_failed" }).length > 1);
    await own.bus.jsm.streams.update(name, { max_bytes: -1 });
    expect(await own.receipt(command.id)).toMatchObject({ state: SENT });
    await eventually(async () => expect(await own.left()).toBe(0));
    expect(platform.callsOf(command.id)).toHaveLength(1);
  });

  it("keeps how it ended when it is delivered again after it was given up", async () => {
    const platform = scriptedPlatform();
    await using _pool = await fixture.startPool({ channels: [platform.channel] });
    platform.answer = async () => {
      throw new DeliveryError({ kind: "permanent", reason: "not_found", message: "no such chat" });
    };
    const command = fixture.command();
    await fixture.publish(command);
    const first = await fixture.receipt(command.id);
    expect(first).toMatchObject({
      state: FAILED,
      code: "delivery.permanent",
      reason: "not_found",
      attempts: 1,
    });
    await fixture.publish(command, `again:${command.id}`);
    await eventually(async () => expect(await fixture.left()).toBe(0));
    expect(platform.callsOf(command.id)).toHaveLength(1);
  });

  it("is tried again after failures that pass, and counted once", async () => {
    const platform = scriptedPlatform();
    await using pool = await fixture.startPool({ channels: [platform.channel] });
    const command = fixture.command();
    platform.answer = async () => {
      if (platform.calls.length < 4) {
        throw new DeliveryError({ kind: "transient", reason: "platform_down", message: "502" });
      }
      return { externalIds: ["17_4"] };
    };
    await fixture.publish(command);
    expect(await fixture.receipt(command.id)).toMatchObject({
      state: SENT,
      attempts: 4,
      externalIds: ["17_4"],
    });
    expect(await pool.metrics()).toContain('retry_total{channel_type="zoho_cliq",http_status="5xx"} 3');
  });

  it("is given up after the last try", async () => {
    const platform = scriptedPlatform();
    await using _pool = await fixture.startPool({
      channels: [platform.channel],
      env: { MIO_SENDER_MAX_ATTEMPTS: "3" },
    });
    platform.answer = async () => {
      throw new DeliveryError({ kind: "transient", reason: "network", message: "refused" });
    };
    const command = fixture.command();
    await fixture.publish(command);
    expect(await fixture.receipt(command.id)).toMatchObject({
      state: FAILED,
      code: "delivery.exhausted",
      reason: "network",
      attempts: 3,
    });
    expect(platform.callsOf(command.id)).toHaveLength(3);
  });

  it("is given up when it is too old", async () => {
    const platform = scriptedPlatform();
    await using _pool = await fixture.startPool({
      channels: [platform.channel],
      env: { MIO_SENDER_MAX_AGE: "0" },
    });
    const command = fixture.command();
    await fixture.publish(command);
    expect(await fixture.receipt(command.id)).toMatchObject({ state: FAILED, code: "delivery.expired" });
    expect(platform.calls).toEqual([]);
  });
});

describe("a call of unknown fate", () => {
  it("is reported as unknown and never repeated when the platform cannot look it up", async () => {
    const platform = scriptedPlatform();
    await using _pool = await fixture.startPool({ channels: [platform.channel] });
    platform.answer = () => Promise.reject(unknownFate());
    const command = fixture.command();
    await fixture.publish(command);
    expect(await fixture.receipt(command.id)).toMatchObject({
      state: UNKNOWN,
      code: "delivery.unknown",
      reason: "unknown_send",
      attempts: 1,
    });
    await eventually(async () => {
      const letters = await fixture.deadLetters();
      const reasons = letters.map(({ header }) => header(headerNames.deadReason));
      expect(reasons).toContain("unknown_send");
    });
    expect(platform.callsOf(command.id)).toHaveLength(1);
  });

  it("is repeated when the operator prefers twice to perhaps never", async () => {
    const platform = scriptedPlatform();
    await using _pool = await fixture.startPool({
      channels: [platform.channel],
      env: { MIO_UNKNOWN_SEND: "resend" },
    });
    platform.answer = async () => {
      if (platform.callsOf(command.id).length === 1) throw unknownFate();
      return { externalIds: ["17_2"] };
    };
    const command = fixture.command();
    await fixture.publish(command);
    expect(await fixture.receipt(command.id)).toMatchObject({
      state: SENT,
      externalIds: ["17_2"],
      attempts: 2,
    });
  });

  it("is what the platform says it is: found", async () => {
    const platform = scriptedPlatform();
    await using _pool = await fixture.startPool({ channels: [platform.channel] });
    platform.answer = () => Promise.reject(unknownFate());
    platform.reconciliation = { kind: "found", sent: { externalIds: ["17_7"] } };
    const command = fixture.command();
    await fixture.publish(command);
    expect(await fixture.receipt(command.id)).toMatchObject({
      state: SENT,
      externalIds: ["17_7"],
      attempts: 1,
    });
    expect(platform.callsOf(command.id)).toHaveLength(1);
  });

  it("is what the platform says it is: absent, perhaps later", async () => {
    const platform = scriptedPlatform();
    await using _pool = await fixture.startPool({ channels: [platform.channel] });
    platform.reconciliation = { kind: "later", afterMs: 10 };
    platform.answer = async () => {
      if (platform.callsOf(command.id).length === 1) throw unknownFate();
      return { externalIds: ["17_8"] };
    };
    const command = fixture.command();
    await fixture.publish(command);
    await eventually(() => platform.calls.some(({ method }) => method === "reconcile"));
    expect(await fixture.receipts(command.id)).toEqual([]);
    platform.reconciliation = { kind: "absent" };
    expect(await fixture.receipt(command.id)).toMatchObject({
      state: SENT,
      externalIds: ["17_8"],
      attempts: 2,
    });
  });
});

describe("a command whose process crashed between call and record", () => {
  it("is not posted again but held", async () => {
    const platform = scriptedPlatform();
    await using _pool = await fixture.startPool({ channels: [platform.channel] });
    const command = fixture.command();
    await interruptedBy("a-dead-process/1", command);
    await fixture.publish(command);
    expect(await fixture.receipt(command.id)).toMatchObject({ state: UNKNOWN, reason: "unknown_send" });
    expect(platform.callsOf(command.id)).toEqual([]);
  });

  it("is sent when the platform knows it", async () => {
    const platform = scriptedPlatform();
    platform.reconciliation = { kind: "found", sent: { externalIds: ["17_5"] } };
    await using _pool = await fixture.startPool({ channels: [platform.channel] });
    const command = fixture.command();
    await interruptedBy("a-dead-process/1", command);
    await fixture.publish(command);
    expect(await fixture.receipt(command.id)).toMatchObject({ state: SENT, externalIds: ["17_5"] });
    expect(platform.callsOf(command.id)).toEqual([]);
  });

  it("is simply repeated when it is an edit", async () => {
    const platform = scriptedPlatform();
    await using _pool = await fixture.startPool({ channels: [platform.channel] });
    const command = fixture.command({ editOfExternalId: "17_6" });
    await interruptedBy("a-dead-process/1", command, "edit");
    await fixture.publish(command);
    expect(await fixture.receipt(command.id)).toMatchObject({ state: SENT, attempts: 2 });
    expect(platform.callsOf(command.id).map(({ method, target }) => [method, target])).toEqual([
      ["edit", "17_6"],
    ]);
  });

  it("is waited for while another process may still be calling, and then believed", async () => {
    const platform = scriptedPlatform();
    const command = fixture.command();
    const { id: commandId, conversationId } = command;
    const { tenantId, accountId, store } = fixture;
    const place = { tenantId, accountId, channelType: "zoho_cliq", conversationId, commandId };
    await createDeliveryLedger(store.pool).claim({ ...place, owner: "another-pool/1", operation: "send" });
    {
      await using pool = await fixture.startPool({ channels: [platform.channel] });
      await fixture.publish(command);
      await eventually(
        () => pool.logs.matching({ command_id: commandId, msg: "delivery.waits_for_other" }).length > 0,
      );
    }
    const attempt = { accountId, commandId, owner: "another-pool/1", attempt: 1 };
    expect(
      await createDeliveryLedger(store.pool).end(attempt, { state: "sent", externalIds: ["17_3"] }),
    ).toBe(true);
    await using _next = await fixture.startPool({ channels: [platform.channel] });
    expect(await fixture.receipt(commandId)).toMatchObject({ state: SENT, externalIds: ["17_3"] });
    expect(platform.calls).toEqual([]);
  });
});

describe("an edit", () => {
  it("finds what a command posted, by either name of it, or a message by its UUID", async () => {
    const platform = scriptedPlatform();
    await using _pool = await fixture.startPool({ channels: [platform.channel] });
    const post = fixture.command();
    const { conversationId } = post;
    const byAttribute = fixture.command({ conversationId, attributes: { replaces_send_id: post.id } });
    const byCommand = fixture.command({ conversationId, editOfMessageId: post.id });
    const messageId = await storeMessage(fixture, conversationId, "1700_5");
    const byMessage = fixture.command({ conversationId, editOfMessageId: messageId });
    for (const command of [post, byAttribute, byCommand, byMessage]) {
      await fixture.publish(command);
      await fixture.receipt(command.id);
    }
    expect(platform.calls.map(({ method, target }) => [method, target])).toEqual([
      ["send", undefined],
      ["edit", `x-${post.id}`],
      ["edit", `x-${post.id}`],
      ["edit", "1700_5"],
    ]);
  });

  it("whose target is not known becomes a post that nothing below takes for an edit", async () => {
    const platform = scriptedPlatform();
    await using pool = await fixture.startPool({ channels: [platform.channel] });
    const command = fixture.command({
      editOfMessageId: newId(),
      attributes: { replaces_send_id: newId(), kept: "k" },
    });
    await fixture.publish(command);
    expect(await fixture.receipt(command.id)).toMatchObject({ state: SENT });
    const [call] = platform.callsOf(command.id);
    expect(call).toMatchObject({
      method: "send",
      command: { editOfMessageId: "", attributes: { kept: "k" } },
    });
    expect(call?.command.attributes).toEqual({ kept: "k" });
    expect(await pool.metrics()).toContain(
      'edit_fallback_total{channel_type="zoho_cliq",reason="state_missing"} 1',
    );
  });
});

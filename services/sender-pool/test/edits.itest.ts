import { DeliveryError } from "@mio/channel-kit";
import { newId } from "@mio/envelope";
import { DeliveryReceipt_State, SendCommand_EditFallback as Fallback } from "@mio/proto";
import { eventually } from "@mio/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPoolFixture, type PoolFixture } from "./pool-fixture.ts";
import { scriptedPlatform } from "./scripted-platform.ts";

const { SENT, FAILED, SUPPRESSED } = DeliveryReceipt_State;

let fixture: PoolFixture;
beforeAll(async () => {
  fixture = await openPoolFixture();
});
afterAll(() => fixture[Symbol.asyncDispose]());

describe("edits that wait for the same message", () => {
  it("are replaced by the last of them, and the others are reported as superseded", async () => {
    const platform = scriptedPlatform();
    const accountId = await fixture.anAccount();
    const posting = Promise.withResolvers<void>();
    const plain = platform.answer;
    platform.answer = async (call) => {
      if (call.method === "send") await posting.promise;
      return plain(call);
    };
    await using _pool = await fixture.startPool({ channels: [platform.channel] });
    const conversationId = newId();
    const place = { accountId, conversationId };
    const post = fixture.command({ ...place, text: "thinking…" });
    const edits = [1, 2, 3, 4].map((count) =>
      fixture.command({ ...place, text: `part ${count}`, editOfMessageId: post.id }),
    );
    const other = fixture.command({ ...place, text: "other", editOfExternalId: "17_9" });
    for (const command of [post, ...edits.slice(0, 3), other, ...edits.slice(3)])
      await fixture.publish(command);
    await eventually(async () => (await fixture.held(accountId)) === 6);
    posting.resolve();
    const last = edits.at(-1);
    expect(await fixture.receipt(last?.id ?? "")).toMatchObject({
      state: SENT,
      externalIds: [`x-${post.id}`],
    });
    for (const { id } of edits.slice(0, 3)) {
      expect(await fixture.receipt(id)).toMatchObject({ state: SUPPRESSED, reason: "superseded" });
    }
    const texts = platform.calls.map(({ command: { text } }) => text);
    expect(texts).toEqual(["thinking…", "other", "part 4"]);
    expect(await fixture.deadLetters()).toEqual([]);
  });

  it("stay superseded when they are delivered again", async () => {
    const platform = scriptedPlatform();
    const accountId = await fixture.anAccount();
    await fixture.store.pool.query("UPDATE accounts SET rate_limit_per_second = 1 WHERE id = $1", [
      accountId,
    ]);
    const place = { accountId, conversationId: newId() };
    const post = fixture.command(place);
    const [first, second] = [1, 2].map((count) =>
      fixture.command({ ...place, text: `edit ${count}`, editOfMessageId: post.id }),
    );
    if (first === undefined || second === undefined) throw new Error("two edits");
    // Before the pool starts, so that both edits wait together for the account's next turn.
    for (const command of [post, first, second]) await fixture.publish(command);
    await using _pool = await fixture.startPool({ channels: [platform.channel] });
    expect(await fixture.receipt(second.id)).toMatchObject({ state: SENT });
    await fixture.publish(first, newId());
    await eventually(async () => (await fixture.left()) === 0);
    expect(platform.callsOf(first.id)).toEqual([]);
  });
});

describe("an old edit that is published again", () => {
  it("does not take the place of a newer one that waits before it", async () => {
    const platform = scriptedPlatform();
    const accountId = await fixture.anAccount();
    const place = { accountId, conversationId: newId() };
    const post = fixture.command(place);
    const [old, blocker, newer] = ["old", "blocker", "newer"].map((text) =>
      fixture.command({ ...place, text, ...(text === "blocker" ? {} : { editOfMessageId: post.id }) }),
    );
    if (old === undefined || blocker === undefined || newer === undefined) throw new Error("three commands");
    const blocked = Promise.withResolvers<void>();
    const plain = platform.answer;
    platform.answer = async (call) => {
      if (call.command.id === blocker.id) await blocked.promise;
      return plain(call);
    };
    await using _pool = await fixture.startPool({ channels: [platform.channel] });
    for (const command of [post, old]) await fixture.publish(command);
    expect(await fixture.receipt(old.id)).toMatchObject({ state: SENT });
    for (const command of [blocker, newer]) await fixture.publish(command);
    await fixture.publish(old, newId());
    await eventually(async () => (await fixture.held(accountId)) === 3);
    blocked.resolve();
    expect(await fixture.receipt(newer.id)).toMatchObject({ state: SENT });
    const texts = platform.calls.map(({ command: { text } }) => text);
    expect(texts.slice(1)).toEqual(["old", "blocker", "newer"]);
  });
});

const gone = () => new DeliveryError({ kind: "permanent", reason: "not_found", message: "no such message" });

describe("an edit that cannot be one", () => {
  const cases = [
    ["its target is not known", { editOfMessageId: newId() }],
    ["the platform says that it is gone", { editOfExternalId: "17_77" }],
  ] as const;

  it.each(cases)("is posted when it says nothing or wishes so: %s", async (_name, target) => {
    const platform = scriptedPlatform();
    const plain = platform.answer;
    platform.answer = async (call) => (call.method === "edit" ? Promise.reject(gone()) : plain(call));
    await using _pool = await fixture.startPool({ channels: [platform.channel] });
    for (const editFallback of [Fallback.UNSPECIFIED, Fallback.NEW]) {
      const command = fixture.command({ ...target, editFallback });
      await fixture.publish(command);
      expect(await fixture.receipt(command.id)).toMatchObject({
        state: SENT,
        externalIds: [`x-${command.id}`],
      });
    }
  });

  it.each(cases)("is left out or fails as it wishes: %s", async (_name, target) => {
    const platform = scriptedPlatform();
    const plain = platform.answer;
    platform.answer = async (call) => (call.method === "edit" ? Promise.reject(gone()) : plain(call));
    await using _pool = await fixture.startPool({ channels: [platform.channel] });
    const drop = fixture.command({ ...target, editFallback: Fallback.DROP });
    const fail = fixture.command({ ...target, editFallback: Fallback.FAIL });
    for (const command of [drop, fail]) await fixture.publish(command);
    expect(await fixture.receipt(drop.id)).toMatchObject({ state: SUPPRESSED, reason: "dropped" });
    expect(await fixture.receipt(fail.id)).toMatchObject({ state: FAILED });
    expect(platform.calls.filter(({ method }) => method === "send")).toEqual([]);
  });

  it("is resolved as a post when the process that posted it crashed", async () => {
    const platform = scriptedPlatform();
    const plain = platform.answer;
    platform.answer = async (call) => (call.method === "edit" ? Promise.reject(gone()) : plain(call));
    platform.reconciliation = { kind: "found", sent: { externalIds: ["17_78"] } };
    const command = fixture.command({ editOfExternalId: "17_77" });
    const { id: commandId, tenantId, accountId, channelType, conversationId } = command;
    await fixture.store.pool.query(
      `INSERT INTO deliveries (account_id, command_id, tenant_id, channel_type, conversation_id, state, owner, operation, beat_at)
       VALUES ($1, $2, $3, $4, $5, 'sending', 'gone/1', 'send', now() - interval '1 minute')`,
      [accountId, commandId, tenantId, channelType, conversationId],
    );
    await using _pool = await fixture.startPool({ channels: [platform.channel] });
    await fixture.publish(command);
    expect(await fixture.receipt(commandId)).toMatchObject({ state: SENT, externalIds: ["17_78"] });
    expect(platform.callsOf(commandId)).toEqual([]);
  });

  it("is not tried when the platform's window is known to be over", async () => {
    const platform = scriptedPlatform({
      capabilities: { editWindowSeconds: 60 },
      resolveEditTarget: ({ externalIds: [id] }) =>
        id === "rubbish" ? { kind: "malformed" } : { kind: "message", postedAt: new Date(0) },
    });
    await using _pool = await fixture.startPool({ channels: [platform.channel] });
    const old = fixture.command({ editOfExternalId: "17_1", editFallback: Fallback.FAIL });
    const rubbish = fixture.command({ editOfExternalId: "rubbish", editFallback: Fallback.FAIL });
    for (const command of [old, rubbish]) await fixture.publish(command);
    expect(await fixture.receipt(old.id)).toMatchObject({ state: FAILED, reason: "closed" });
    expect(await fixture.receipt(rubbish.id)).toMatchObject({ state: FAILED, reason: "no_target" });
    expect(platform.calls).toEqual([]);
  });
});

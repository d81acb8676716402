import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { newId } from "@mio/envelope";
import {
  DeliveryReceipt_State,
  MessageRelation_Kind,
  type SendCommand,
  SendCommand_Stage as Stage,
} from "@mio/proto";
import { eventually } from "@mio/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPoolFixture, type PoolFixture } from "./pool-fixture.ts";
import { scriptedPlatform } from "./scripted-platform.ts";

const { SENT, FAILED, SUPPRESSED } = DeliveryReceipt_State;
const inMs = (ms: number) => timestampFromDate(new Date(Date.now() + ms));

let fixture: PoolFixture;
beforeAll(async () => {
  fixture = await openPoolFixture();
});
afterAll(() => fixture[Symbol.asyncDispose]());

async function stateOf({ id }: SendCommand): Promise<string | undefined> {
  const text = "SELECT state FROM deliveries WHERE command_id = $1";
  return (await fixture.store.pool.query<{ state: string }>(text, [id])).rows[0]?.state;
}

const isScheduled = (command: SendCommand) =>
  eventually(async () => (await stateOf(command)) === "scheduled");

describe("a command for later", () => {
  it("waits for its time without delaying its conversation, also through a restart", async () => {
    const platform = scriptedPlatform();
    const conversationId = newId();
    let dueAt = 0;
    let later = fixture.command();
    const now = fixture.command({ conversationId });
    {
      await using _pool = await fixture.startPool({ channels: [platform.channel] });
      // From here on, since a start may take a while.
      dueAt = Date.now() + 3_000;
      later = fixture.command({ conversationId, sendAt: timestampFromDate(new Date(dueAt)) });
      for (const command of [later, now]) await fixture.publish(command);
      expect(await fixture.receipt(now.id)).toMatchObject({ state: SENT });
      await isScheduled(later);
    }
    await using _next = await fixture.startPool({ channels: [platform.channel] });
    expect(await fixture.receipt(later.id)).toMatchObject({ state: SENT, attempts: 1 });
    expect(Date.now()).toBeGreaterThanOrEqual(dueAt);
    expect(platform.calls.map(({ command }) => command.id)).toEqual([now.id, later.id]);
  });

  it("is sent once, however often it is published", async () => {
    const platform = scriptedPlatform();
    await using _pool = await fixture.startPool({ channels: [platform.channel] });
    const command = fixture.command({ sendAt: inMs(800) });
    for (let copy = 0; copy < 3; copy += 1) await fixture.publish(command, newId());
    expect(await fixture.receipt(command.id)).toMatchObject({ state: SENT });
    await fixture.publish(command, newId());
    await eventually(async () => (await fixture.left()) === 0);
    expect(platform.callsOf(command.id)).toHaveLength(1);
  });

  it("is edited after it was sent, when the edit came before", async () => {
    const platform = scriptedPlatform();
    await using _pool = await fixture.startPool({ channels: [platform.channel] });
    const conversationId = newId();
    const post = fixture.command({ conversationId, sendAt: inMs(2_500) });
    const edit = fixture.command({ conversationId, editOfMessageId: post.id });
    await fixture.publish(post);
    await isScheduled(post);
    await fixture.publish(edit);
    expect(await fixture.receipt(edit.id)).toMatchObject({ state: SENT, externalIds: [`x-${post.id}`] });
    expect(platform.calls.map(({ method }) => method)).toEqual(["send", "edit"]);
  });

  it("gets a receipt in its own conversation when another takes it back", async () => {
    const platform = scriptedPlatform({ methods: ["remove"] });
    await using _pool = await fixture.startPool({ channels: [platform.channel] });
    const post = fixture.command({ sendAt: inMs(600_000) });
    await fixture.publish(post);
    await isScheduled(post);
    const relation = { kind: MessageRelation_Kind.DELETE, targetMessageId: post.id } as const;
    const remove = fixture.command({ relation });
    await fixture.publish(remove);
    const { conversationId, reason } = await fixture.receipt(post.id);
    expect({ conversationId, reason }).toEqual({ conversationId: post.conversationId, reason: "canceled" });
    expect(await fixture.receipt(remove.id)).toMatchObject({ conversationId: remove.conversationId });
  });

  it("is taken back by a deletion", async () => {
    const platform = scriptedPlatform({ methods: ["remove"] });
    await using _pool = await fixture.startPool({ channels: [platform.channel] });
    const conversationId = newId();
    const post = fixture.command({ conversationId, sendAt: inMs(600_000) });
    await fixture.publish(post);
    await isScheduled(post);
    const relation = { kind: MessageRelation_Kind.DELETE, targetMessageId: post.id } as const;
    const remove = fixture.command({ conversationId, relation });
    await fixture.publish(remove);
    expect(await fixture.receipt(remove.id)).toMatchObject({ state: SENT });
    expect(await fixture.receipt(post.id)).toMatchObject({ state: SUPPRESSED, reason: "canceled" });
    expect(platform.calls).toEqual([]);
    const { state } = await fixture.bus.jsm.streams.info("MESSAGES_SCHEDULED");
    expect(state.messages).toBe(0);
    const edit = fixture.command({ conversationId, editOfMessageId: post.id });
    await fixture.publish(edit);
    expect(await fixture.receipt(edit.id)).toMatchObject({ state: SUPPRESSED, reason: "dropped" });
    expect(platform.calls).toEqual([]);
  });

  it("is refused when it is more than a year ahead", async () => {
    await using _pool = await fixture.startPool({ channels: [scriptedPlatform().channel] });
    const command = fixture.command({ sendAt: inMs(400 * 86_400_000) });
    await fixture.publish(command);
    expect(await fixture.receipt(command.id)).toMatchObject({ state: FAILED, reason: "invalid" });
  });
});

describe("an answer that its agent does not finish", () => {
  const env = { MIO_INTERIM_TIMEOUT: "3s", MIO_INTERRUPTED_MARK: "(cut off)" };

  it("is marked as interrupted, after its last text", async () => {
    const platform = scriptedPlatform();
    await using _pool = await fixture.startPool({ channels: [platform.channel], env });
    const conversationId = newId();
    const post = fixture.command({ conversationId, text: "On", stage: Stage.PARTIAL });
    const edit = fixture.command({
      conversationId,
      text: "Once upon",
      stage: Stage.PARTIAL,
      editOfMessageId: post.id,
    });
    await fixture.publish(post);
    await fixture.receipt(post.id);
    await fixture.publish(edit);
    await eventually(() => platform.calls.length === 3);
    expect(platform.calls.map(({ method, target, command: { text } }) => [method, target, text])).toEqual([
      ["send", undefined, "On"],
      ["edit", `x-${post.id}`, "Once upon"],
      ["edit", `x-${post.id}`, "Once upon\n\n(cut off)"],
    ]);
  });

  it("stays unchanged when it was finished in time, and may be finished late", async () => {
    const platform = scriptedPlatform();
    await using _pool = await fixture.startPool({ channels: [platform.channel], env });
    const [inTime, late] = [newId(), newId()].map((conversationId) => ({
      post: fixture.command({ conversationId, text: "thinking…", stage: Stage.PLACEHOLDER }),
      conversationId,
    }));
    if (inTime === undefined || late === undefined) throw new Error("two answers");
    const answer = ({ post, conversationId }: typeof late) =>
      fixture.command({ conversationId, text: "42", stage: Stage.FINAL, editOfMessageId: post.id });
    await fixture.publish(inTime.post);
    await fixture.publish(late.post);
    await fixture.publish(answer(inTime));
    await eventually(() => platform.calls.some(({ command }) => command.text.includes("cut off")));
    const last = answer(late);
    await fixture.publish(last);
    expect(await fixture.receipt(last.id)).toMatchObject({ state: SENT });
    const shown = (conversationId: string) =>
      platform.calls.flatMap(({ command }) =>
        command.conversationId === conversationId ? [command.text] : [],
      );
    expect(shown(inTime.conversationId)).toEqual(["thinking…", "42"]);
    expect(shown(late.conversationId)).toEqual(["thinking…", "thinking…\n\n(cut off)", "42"]);
  });
});

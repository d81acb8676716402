import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { newId } from "@mio/envelope";
import { DeliveryReceipt_State, MessageRelation_Kind as Kind, type SendCommand } from "@mio/proto";
import type { CommandFields } from "@mio/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectRefusedBy } from "./expect-refused.ts";
import { openPoolFixture, type PoolFixture, type RunningPool } from "./pool-fixture.ts";
import { type PlatformOptions, type ScriptedPlatform, scriptedPlatform } from "./scripted-platform.ts";
import { storeMessage } from "./store-message.ts";

const { SENT, FAILED } = DeliveryReceipt_State;

let fixture: PoolFixture;
let pool: RunningPool;
let platform: ScriptedPlatform;
const startWith = async (options: PlatformOptions = {}): Promise<void> => {
  platform = scriptedPlatform(options);
  pool = await fixture.startPool({ channels: [platform.channel] });
};
beforeAll(async () => {
  fixture = await openPoolFixture();
});
afterAll(() => fixture[Symbol.asyncDispose]());

const conversationId = newId();
const aPost = (fields: CommandFields) => fixture.command({ conversationId, ...fields });
const reply = (target: { targetExternalId?: string; targetMessageId?: string }): CommandFields => ({
  relation: { kind: Kind.REPLY, ...target },
});

/** Where the platform was asked to show it. */
async function placeOf(command: SendCommand): Promise<{ root?: string; quoted?: string }> {
  await fixture.publish(command);
  expect(await fixture.receipt(command.id)).toMatchObject({ state: SENT });
  const call = platform.callsOf(command.id).at(-1);
  return { root: call?.threadRoot ?? "", quoted: call?.command.relation?.targetExternalId ?? "" };
}

describe("the root of a thread", () => {
  beforeAll(() => startWith({ methods: ["remove"] }));
  afterAll(() => pool.stop());

  it("is a message by its UUID, a command by its id, or the platform's own id", async () => {
    const post = aPost({});
    await placeOf(post);
    const names = [
      [await storeMessage(fixture, conversationId, "1700_9"), "1700_9"],
      [post.id, `x-${post.id}`],
      [`mio:${post.id}`, `x-${post.id}`],
      ["1700_1", "1700_1"],
    ] as const;
    for (const [threadRootMessageId, root] of names) {
      expect(await placeOf(aPost({ threadRootMessageId }))).toMatchObject({ root });
    }
  });

  it.each(["send", "edit"])(
    "that is not known is never given up for the whole channel (%s)",
    async (kind) => {
      const edit = kind === "edit" ? { editOfExternalId: "17_1" } : {};
      const unknown = { reason: "no_target" };
      for (const threadRootMessageId of [newId(), "mio:unknown"]) {
        await expectRefusedBy({ fixture, platform }, aPost({ threadRootMessageId, ...edit }), unknown);
      }
    },
  );

  it("need not be known where nothing is shown", async () => {
    const relation = { kind: Kind.DELETE, targetExternalId: "17_1" };
    expect(await placeOf(aPost({ threadRootMessageId: newId(), relation }))).toMatchObject({ root: "" });
  });

  it("that is scheduled is waited for", async () => {
    const sendAt = timestampFromDate(new Date(Date.now() + 700));
    const post = aPost({ sendAt });
    const answer = aPost({ threadRootMessageId: post.id });
    for (const command of [post, answer]) await fixture.publish(command);
    expect(await fixture.receipt(answer.id)).toMatchObject({ state: SENT });
    expect(platform.callsOf(answer.id)[0]?.threadRoot).toBe((await fixture.receipt(post.id)).externalIds[0]);
  });
});

describe("the message that is replied to", () => {
  beforeAll(() => startWith());
  afterAll(() => pool.stop());

  it("is named as an edit names its target", async () => {
    const post = aPost({});
    await placeOf(post);
    const names = [
      [{ targetExternalId: "17_4", targetMessageId: newId() }, "17_4"],
      [{ targetMessageId: await storeMessage(fixture, conversationId, "1700_8") }, "1700_8"],
      [{ targetMessageId: post.id }, `x-${post.id}`],
      [{ targetExternalId: `mio:${post.id}` }, `x-${post.id}`],
    ] as const;
    for (const [target, quoted] of names)
      expect(await placeOf(aPost(reply(target)))).toMatchObject({ quoted });
  });

  it("that is not known ends the command, and one of another account too", async () => {
    const unknown = aPost(reply({ targetMessageId: newId() }));
    await expectRefusedBy({ fixture, platform }, unknown, { reason: "no_target" });
    const foreign = fixture.command({ accountId: await fixture.anAccount() });
    await placeOf(foreign);
    const across = aPost(reply({ targetExternalId: `x-${foreign.id}` }));
    await expectRefusedBy({ fixture, platform }, across, { reason: "wrong_target" });
  });

  it("that was shown to agents can be reacted to and edited by that name", async () => {
    const post = aPost({});
    await placeOf(post);
    const edit = aPost({ relation: { kind: Kind.EDIT, targetExternalId: `mio:${post.id}` } });
    await fixture.publish(edit);
    expect(await fixture.receipt(edit.id)).toMatchObject({ state: SENT, externalIds: [`x-${post.id}`] });
  });
});

describe("a channel without threads", () => {
  beforeAll(() => startWith({ capabilities: { supportsThreads: false } }));
  afterAll(() => pool.stop());

  it.each<[string, CommandFields]>([
    ["a thread", { threadRootMessageId: "17_1" }],
    ["a reply", reply({ targetExternalId: "17_1" })],
    ["an edit in a thread", { threadRootMessageId: "17_1", editOfExternalId: "17_2" }],
  ])("is never made to show %s to the whole channel", async (_, fields) => {
    const unsupported = { reason: "unsupported", code: "delivery.unsupported" };
    await expectRefusedBy({ fixture, platform }, aPost(fields), unsupported);
  });

  it("posts what names no place", async () => {
    expect(await placeOf(aPost(reply({})))).toEqual({ root: "", quoted: "" });
  });
});

it("ends an answer whose root was taken back", async () => {
  await startWith({ methods: ["remove"] });
  const post = aPost({ sendAt: timestampFromDate(new Date(Date.now() + 600_000)) });
  const removal = aPost({ relation: { kind: Kind.DELETE, targetMessageId: post.id } });
  const answer = aPost({ threadRootMessageId: post.id });
  for (const command of [post, removal]) await fixture.publish(command);
  await fixture.receipt(removal.id);
  await fixture.publish(answer);
  expect(await fixture.receipt(answer.id)).toMatchObject({ state: FAILED, reason: "no_target" });
  await pool.stop();
});

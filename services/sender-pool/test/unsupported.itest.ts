import { Attachment_Kind, DeliveryReceipt_State, MessageRelation_Kind, type SendCommand } from "@mio/proto";
import type { CommandFields } from "@mio/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectRefusedBy } from "./expect-refused.ts";
import { openPoolFixture, type PoolFixture, type RunningPool } from "./pool-fixture.ts";
import { type PlatformOptions, type ScriptedPlatform, scriptedPlatform } from "./scripted-platform.ts";

const { DELETE, REACTION, PIN, EDIT } = MessageRelation_Kind;
const targetExternalId = "17_1";

let fixture: PoolFixture;
let pool: RunningPool;
let platform: ScriptedPlatform;
const startWith = async (options: PlatformOptions): Promise<void> => {
  platform = scriptedPlatform(options);
  pool = await fixture.startPool({ channels: [platform.channel] });
};
beforeAll(async () => {
  fixture = await openPoolFixture();
});
afterAll(() => fixture[Symbol.asyncDispose]());

const expectUnsupported = (command: SendCommand) =>
  expectRefusedBy({ fixture, platform }, command, { reason: "unsupported", code: "delivery.unsupported" });
const expectInvalid = (command: SendCommand) =>
  expectRefusedBy({ fixture, platform }, command, { reason: "invalid" });

describe("a channel that can do little", () => {
  beforeAll(() => startWith({ capabilities: { allowedAttachments: ["image", "link"] } }));
  afterAll(() => pool.stop());

  it.each([DELETE, REACTION, PIN])("is never made to post what it cannot do (relation %i)", async (kind) => {
    await expectUnsupported(fixture.command({ relation: { kind, targetExternalId, reactionEmoji: "+1" } }));
  });

  it("is never made to post what a later version may mean", async () => {
    const kind = 42 as MessageRelation_Kind;
    await expectUnsupported(fixture.command({ relation: { kind, targetExternalId } }));
  });

  it.each<[string, NonNullable<CommandFields["attachments"]>[number]]>([
    ["a file", { kind: Attachment_Kind.FILE, url: "https://x/y.pdf" }],
    ["a video", { kind: Attachment_Kind.VIDEO, url: "https://x/y.mp4" }],
    ["sound, by its media type", { mime: "audio/ogg", url: "https://x/y.ogg" }],
    ["a kept file of no kind", { storageKey: "file:///x/y" }],
    ["a kind of the future", { kind: 42 as Attachment_Kind, url: "https://x/y" }],
  ])("is never made to leave out %s", async (_, attachment) => {
    const picture = { kind: Attachment_Kind.IMAGE, url: "https://x/y.png" };
    await expectUnsupported(fixture.command({ attachments: [picture, attachment] }));
  });

  it("gets what it can show", async () => {
    const attachments = [
      { kind: Attachment_Kind.IMAGE, url: "https://x/y.png" },
      { mime: "image/gif", url: "https://x/y.gif" },
      { kind: Attachment_Kind.LINK, url: "https://x/" },
      { url: "https://x/" },
    ];
    const command = fixture.command({ text: "", attachments });
    await fixture.publish(command);
    expect(await fixture.receipt(command.id)).toMatchObject({ state: DeliveryReceipt_State.SENT });
  });

  it("gets the rest when an attachment has no address", async () => {
    const named = { kind: Attachment_Kind.FILE, filename: "report.pdf" };
    const picture = { kind: Attachment_Kind.IMAGE, url: "https://x/y.png" };
    const command = fixture.command({ attachments: [named, picture, named] });
    await fixture.publish(command);
    expect(await fixture.receipt(command.id)).toMatchObject({ state: DeliveryReceipt_State.SENT });
    const [call] = platform.callsOf(command.id);
    expect(call?.command.attachments).toMatchObject([picture]);
    const [line] = pool.logs.matching({ msg: "delivery.sent", command_id: command.id });
    expect(line).toMatchObject({ attachments_left_out: 2 });
  });

  it.each<[string, CommandFields]>([
    ["an empty post", { text: "" }],
    ["a post of nothing but blanks", { text: " \n\t" }],
    ["a post with a bare card", { text: "", richContent: { card: { theme: "modern" } } }],
    ["an edit to nothing", { text: "", editOfExternalId: targetExternalId }],
    ["an attachment without content", { text: "", attachments: [{ kind: Attachment_Kind.IMAGE }] }],
  ])("is never made to show nothing: %s", async (_, fields) => {
    await expectInvalid(fixture.command(fields));
  });

  it("is never made to post an edit that names nothing", async () => {
    const command = fixture.command({ relation: { kind: EDIT } });
    await expectRefusedBy({ fixture, platform }, command, { reason: "no_target" });
  });
});

describe("a channel whose adapter has methods for what the platform does not offer", () => {
  const capabilities = { supportsEdit: false, supportsDelete: false, supportsReactions: false };
  beforeAll(() => startWith({ capabilities, methods: ["remove", "react"] }));
  afterAll(() => pool.stop());

  it.each([DELETE, REACTION, EDIT])("is believed (relation %i)", async (kind) => {
    await expectUnsupported(fixture.command({ relation: { kind, targetExternalId, reactionEmoji: "+1" } }));
  });
});

describe("a channel that can do all of it", () => {
  beforeAll(() => startWith({ methods: ["remove", "react"] }));
  afterAll(() => pool.stop());

  it("is made to", async () => {
    const removal = fixture.command({ text: "", relation: { kind: DELETE, targetExternalId } });
    const relation = { kind: REACTION, targetExternalId, reactionEmoji: "+1" };
    const reaction = fixture.command({ text: "", relation });
    for (const command of [removal, reaction]) await fixture.publish(command);
    await Promise.all([removal, reaction].map(({ id }) => fixture.receipt(id)));
    expect(platform.callsOf(removal.id)).toMatchObject([{ method: "remove", target: targetExternalId }]);
    expect(platform.callsOf(reaction.id)).toMatchObject([{ method: "react", target: targetExternalId }]);
  });

  it("refuses a reaction without an emoji, and to what is not known", async () => {
    await expectInvalid(fixture.command({ relation: { kind: REACTION, targetExternalId } }));
    const relation = { kind: REACTION, targetMessageId: "unknown", reactionEmoji: "+1" };
    await expectRefusedBy({ fixture, platform }, fixture.command({ relation }), { reason: "no_target" });
  });
});

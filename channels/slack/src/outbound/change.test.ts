import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { CallContext, Sender } from "@mio/channel-kit";
import { callUnderTest, scriptedHttp } from "@mio/channel-kit/contract";
import { type SendCommand, SendCommandSchema } from "@mio/proto";
import { describe, expect, it } from "vitest";
import { now, refused, type ScriptedSlack, scriptedSlack, silence } from "../../test/scripted-slack.ts";
import { emojiName } from "./emoji.ts";
import { createSender } from "./send.ts";

function command(init: MessageInitShape<typeof SendCommandSchema> = {}): SendCommand {
  return create(SendCommandSchema, {
    id: "cmd",
    conversationExternalId: "C1",
    text: "new **text**",
    ...init,
  });
}

function senderOf({ client }: ScriptedSlack): Required<Sender> {
  return createSender({ client, uploads: scriptedHttp({ status: 500 }), isUploadAddress: () => true, now });
}

const long = (parts: number) => Array.from({ length: parts }, (_, at) => `${at}`.repeat(3_900)).join("\n\n");

describe("an edit", () => {
  const edit = (slack: ScriptedSlack, wanted: SendCommand, context: Partial<CallContext> = {}) =>
    senderOf(slack).edit(wanted, "C1:1.1", callUnderTest(context));

  it("changes the message, and removes its blocks", async () => {
    const slack = scriptedSlack();
    expect(await edit(slack, command())).toEqual({ externalIds: ["C1:1.1"] });
    expect(slack.calls).toEqual([
      {
        method: "chat.update",
        fields: { channel: "C1", ts: "1.1", text: "new *text*", blocks: "[]", parse: "none" },
      },
    ]);
  });

  it("changes each part of a long message and deletes those that are too many", async () => {
    const slack = scriptedSlack({ "chat.delete": refused("message_not_found") });
    const targetExternalIds = ["C1:1.1", "C1:2.2", "C1:3.3"];
    const sent = await edit(slack, command({ text: long(2) }), { targetExternalIds });
    expect(sent).toEqual({ externalIds: ["C1:1.1", "C1:2.2"] });
    expect(slack.calls.map(({ method, fields }) => [method, fields["ts"]])).toEqual([
      ["chat.update", "1.1"],
      ["chat.update", "2.2"],
      ["chat.delete", "3.3"],
    ]);
  });

  it("does not touch the files of the text, whichever parts change", async () => {
    const slack = scriptedSlack();
    const targetExternalIds = ["C1:1.1", "C1:2.2", "C1:3.3#file"];
    const shorter = await edit(slack, command(), { targetExternalIds });
    expect(shorter).toEqual({ externalIds: ["C1:1.1", "C1:3.3#file"] });
    expect(slack.calls.map(({ method, fields }) => [method, fields["ts"]])).toEqual([
      ["chat.update", "1.1"],
      ["chat.delete", "2.2"],
    ]);
    await senderOf(slack).remove(command(), "C1:1.1", callUnderTest({ targetExternalIds }));
    const deleted = slack.calls.slice(2).map(({ fields }) => fields["ts"]);
    expect(deleted).toEqual(["3.3", "2.2", "1.1"]);
  });

  it("continues in further messages of the same thread", async () => {
    const slack = scriptedSlack({ "chat.update": { ok: true, message: { thread_ts: "9.9" } } });
    const sent = await edit(slack, command({ text: long(3) }));
    expect(sent.externalIds).toHaveLength(3);
    const posts = slack.calls.filter(({ method }) => method === "chat.postMessage");
    expect(
      posts.map(({ fields }) => [
        fields["thread_ts"],
        JSON.parse(fields["metadata"] ?? "").event_payload.part,
      ]),
    ).toEqual([
      ["9.9", 2],
      ["9.9", 3],
    ]);
  });

  it.each([
    ["below a message of the channel", { ok: true, messages: [{ ts: "1.1", thread_ts: "1.1" }] }, undefined],
    ["in the thread that Slack returns", { ok: true, messages: [{ ts: "1.1", thread_ts: "9.9" }] }, "9.9"],
  ])("goes on %s", async (_, answer, threadTs) => {
    const slack = scriptedSlack({ "conversations.replies": answer });
    await edit(slack, command({ text: long(2) }));
    expect(slack.calls.at(-1)?.fields["thread_ts"]).toBe(threadTs);
  });

  it("shows nothing in the channel if the thread cannot be looked up", async () => {
    const slack = scriptedSlack({ "conversations.replies": refused("missing_scope") });
    await expect(edit(slack, command({ text: long(2) }))).rejects.toMatchObject({
      kind: "permanent",
      reason: "auth",
    });
    expect(slack.methods()).not.toContain("chat.postMessage");
  });

  it("that is repeated posts no part twice", async () => {
    const metadata = { event_type: "mio_send", event_payload: { send_id: "cmd", part: 2, parts: 3 } };
    const slack = scriptedSlack({
      "chat.update": { ok: true, message: { thread_ts: "9.9" } },
      "conversations.replies": { ok: true, messages: [{ ts: "5.5", metadata }, { ts: "6.6" }] },
    });
    const sent = await edit(slack, command({ text: long(3) }), { attempt: 2 });
    expect(sent).toEqual({ externalIds: ["C1:1.1", "C1:5.5", "C1:1.1"] });
    expect(slack.methods().filter((method) => method === "chat.postMessage")).toHaveLength(1);
  });

  it.each([
    ["a message that is gone", refused("message_not_found"), { kind: "permanent", reason: "not_found" }],
    ["another person's message", refused("cant_update_message"), { kind: "permanent", reason: "closed" }],
    ["a message of a closed window", refused("edit_window_closed"), { kind: "permanent", reason: "closed" }],
    ["a channel that is gone", refused("channel_not_found"), { kind: "permanent", reason: "forbidden" }],
    ["silence", silence, { kind: "transient" }],
  ])("of %s fails truly", async (_, answer, error) => {
    await expect(edit(scriptedSlack({ "chat.update": answer }), command())).rejects.toMatchObject(error);
  });

  it.each([
    ["gone", "message_not_found", "invalid"],
    ["closed", "cant_update_message", "forbidden"],
  ])("whose second message is %s does not take the first for it", async (_, word, reason) => {
    const slack = scriptedSlack({
      "chat.update": ({ fields }) => (fields["ts"] === "2.2" ? refused(word) : { ok: true }),
    });
    const both = { targetExternalIds: ["C1:1.1", "C1:2.2"] };
    await expect(edit(slack, command({ text: long(2) }), both)).rejects.toMatchObject({ reason });
  });

  it("of files alone has nothing to change", async () => {
    const files = senderOf(scriptedSlack()).edit(command(), "C1:1.1#file", callUnderTest());
    await expect(files).rejects.toMatchObject({ kind: "permanent", reason: "unsupported" });
  });

  it("cannot add files, and needs an id of Slack's", async () => {
    const attachments = [{ storageKey: "k" }];
    await expect(edit(scriptedSlack(), command({ attachments }))).rejects.toMatchObject({
      reason: "unsupported",
    });
    const nowhere = senderOf(scriptedSlack()).edit(command(), "0199-uuid", callUnderTest());
    await expect(nowhere).rejects.toMatchObject({ kind: "permanent", reason: "invalid" });
  });
});

describe("a removal", () => {
  it("deletes all parts, the first one last", async () => {
    const slack = scriptedSlack({ "chat.delete": refused("message_not_found") });
    const context = callUnderTest({ targetExternalIds: ["C1:1.1", "C1:2.2"] });
    expect(await senderOf(slack).remove(command(), "C1:1.1", context)).toEqual({ externalIds: [] });
    expect(slack.calls.map(({ fields }) => fields["ts"])).toEqual(["2.2", "1.1"]);
  });

  it("of a message that Slack keeps fails", async () => {
    const slack = scriptedSlack({ "chat.delete": refused("cant_delete_message") });
    await expect(senderOf(slack).remove(command(), "C1:1.1", callUnderTest())).rejects.toMatchObject({
      kind: "permanent",
      reason: "closed",
    });
  });
});

describe("a reaction", () => {
  const react = (slack: ScriptedSlack, reactionEmoji: string, attributes: Record<string, string> = {}) =>
    senderOf(slack).react(command({ relation: { reactionEmoji }, attributes }), "C2:1.1", callUnderTest());

  it("is added to the target, wherever that is", async () => {
    const slack = scriptedSlack();
    expect(await react(slack, ":+1::skin-tone-2:")).toEqual({ externalIds: [] });
    expect(slack.calls).toEqual([
      { method: "reactions.add", fields: { channel: "C2", timestamp: "1.1", name: "+1::skin-tone-2" } },
    ]);
  });

  it.each(["slack_reaction_removed", "mio_reaction_removed"])("is taken away with %s", async (key) => {
    const slack = scriptedSlack();
    await react(slack, "eyes", { [key]: "true" });
    expect(slack.methods()).toEqual(["reactions.remove"]);
  });

  it("that is already there, or already gone, succeeds", async () => {
    await react(scriptedSlack({ "reactions.add": refused("already_reacted") }), "eyes");
    await react(scriptedSlack({ "reactions.remove": refused("no_reaction") }), "eyes", {
      slack_reaction_removed: "true",
    });
    const other = react(scriptedSlack({ "reactions.add": refused("no_reaction") }), "eyes");
    await expect(other).rejects.toMatchObject({ kind: "permanent" });
  });

  it("of an emoji without a known name says what to give instead", async () => {
    await expect(react(scriptedSlack(), "🧑🏻‍🤝‍🧑🏿")).rejects.toThrow(/give one character, or a name/);
    await expect(react(scriptedSlack(), "")).rejects.toMatchObject({
      kind: "permanent",
      reason: "bad_request",
    });
  });

  it.each([
    ["thumbsup", "thumbsup"],
    [":white_check_mark:", "white_check_mark"],
    ["👍", "+1"],
    ["👍🏽", "+1::skin-tone-4"],
    ["❤️", "heart"],
    ["🫡", "saluting_face"],
    ["📈", "chart_with_upwards_trend"],
    ["💬", "speech_balloon"],
    ["🤯", "exploding_head"],
    ["ℹ️", "information_source"],
    ["1️⃣", "one"],
    ["🇻🇳", "flag-vn"],
    ["👩‍💻", "female-technologist"],
    ["👩🏻‍💻", "female-technologist::skin-tone-2"],
    ["thumbsup::skin-tone-3", "thumbsup::skin-tone-3"],
    [":wave::skin-tone-3:", "wave::skin-tone-3"],
    ["custom-emoji_2", "custom-emoji_2"],
    [":了解:", "了解"],
    ["Not A Name", undefined],
    ["🏽", undefined],
    ["🧑🏻‍🤝‍🧑🏿", undefined],
    ["👍👍", undefined],
  ])("%s is named %s", (emoji, name) => {
    expect(emojiName(emoji)).toBe(name);
  });
});

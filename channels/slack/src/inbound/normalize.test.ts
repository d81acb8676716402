import type { InboundDraft, InboundEvent } from "@mio/channel-kit";
import { ConversationKind, MessageRelation_Kind } from "@mio/proto";
import { describe, expect, it } from "vitest";
import { normalize } from "./normalize.ts";
import { parsePayload } from "./payload.ts";

const receivedAt = new Date("2024-05-03T10:38:10.250Z");
const ts = "1714731490.123400";
const authorization = { team_id: "T1", user_id: "U0BOT", is_bot: true };

interface Given {
  readonly around?: object;
  readonly botMessages?: "keep" | "ignore";
}

function read(event: object, { around = {}, botMessages = "keep" }: Given = {}): InboundEvent {
  const base = { type: "event_callback", team_id: "T1", api_app_id: "A1", event_id: "Ev1" };
  const payload = parsePayload({ ...base, authorizations: [authorization], event, ...around });
  return normalize(payload, { receivedAt, botMessages });
}

function draft(event: object, given?: Given): InboundDraft {
  const result = read(event, given);
  if (result.kind !== "message") throw new Error(JSON.stringify(result));
  return result.draft;
}

const posted = {
  type: "message",
  channel: "C1",
  channel_type: "channel",
  user: "U1",
  text: "hi",
  ts,
  event_ts: ts,
};

function changed(message: object, previous?: object): object {
  const at = "1714731600.000700";
  const inner = { type: "message", user: "U1", text: "hi", ts };
  return {
    type: "message",
    subtype: "message_changed",
    channel: "C1",
    channel_type: "channel",
    ts: at,
    event_ts: at,
    message: { ...inner, ...message },
    previous_message: previous && { ...inner, ...previous },
  };
}

describe("one gesture", () => {
  it("has one name, however Slack delivers it", () => {
    const again = { event_id: "Ev2", event_time: 1, event_context: "other" };
    const first = draft(posted);
    const second = draft(posted, { around: again });
    expect(second.message.sourceMessageId).toBe(first.message.sourceMessageId);
    expect(first.message.sourceMessageId).toBe(`C1:${ts}`);
  });

  it("has one second name where it arrives under two ts, and its change has none", () => {
    const typed = { ...posted, client_msg_id: "6c3f" };
    expect(draft(typed).secondId).toBe("C1:6c3f");
    expect(draft({ ...typed, ts: "1714731490.999900" }).secondId).toBe("C1:6c3f");
    expect(draft({ ...typed, channel: "C2" }).secondId).toBe("C2:6c3f");
    expect(draft(posted).secondId).toBeUndefined();
    expect(draft(changed({ text: "ho", client_msg_id: "6c3f" }, {})).secondId).toBeUndefined();
  });

  it("is the same message and the same mention in both of its events", () => {
    const text = "<@U0BOT> what now?";
    const message = draft({ ...posted, text });
    const mention = draft({ ...posted, type: "app_mention", channel_type: undefined, text });
    expect(mention.message.sourceMessageId).toBe(message.message.sourceMessageId);
    expect(mention.message.attributes).toEqual(message.message.attributes);
    expect(message.message.attributes["slack_mentions_bot"]).toBe("true");
    expect(mention.containerKind).toBe(ConversationKind.UNSPECIFIED);
  });

  it.each(["<@U0BOT|mio> hi", "hi <@U0BOT>"])("mentions us by %s", (text) => {
    expect(draft({ ...posted, text }).message.attributes["slack_mentions_bot"]).toBe("true");
  });

  it.each(["<@U0BOTX> hi", "@U0BOT", "&lt;@U0BOT&gt;"])("does not mention us by %s", (text) => {
    expect(draft({ ...posted, text }).message.attributes["slack_mentions_bot"]).toBeUndefined();
  });

  it("does not mention the person who installed the app", () => {
    const around = { authorizations: [{ team_id: "T1", user_id: "U7", is_bot: false }] };
    expect(draft({ ...posted, text: "<@U7>" }, { around }).message.attributes).not.toHaveProperty(
      "slack_mentions_bot",
    );
    expect(read({ ...posted, user: "U7" }, { around }).kind).toBe("message");
  });
});

describe("kinds of conversations", () => {
  it.each([
    ["channel", "C1", ConversationKind.CHANNEL_PUBLIC],
    ["group", "C1", ConversationKind.CHANNEL_PRIVATE],
    ["im", "D1", ConversationKind.DM],
    ["app_home", "D1", ConversationKind.DM],
    ["mpim", "G1", ConversationKind.GROUP_DM],
    ["", "D1", ConversationKind.DM],
    ["", "C1", ConversationKind.UNSPECIFIED],
    ["something new", "C1", ConversationKind.UNSPECIFIED],
  ])("%j in %s", (channelType, channel, kind) => {
    const event = draft({ ...posted, channel, channel_type: channelType });
    expect(event.containerKind).toBe(kind);
    expect(event.message.conversationKind).toBe(kind);
  });
});

describe("changes", () => {
  const target = { kind: MessageRelation_Kind.EDIT, targetExternalId: `C1:${ts}` };
  const section = (text: string): object[] => [{ type: "section", text: { type: "mrkdwn", text } }];
  const rich = (text: string): object[] => [{ type: "rich_text", elements: [{ type: "text", text }] }];

  it.each<[string, object, object]>([
    ["the text", { text: "ho" }, { text: "hi" }],
    ["a file more", { files: [{ id: "F1" }, { id: "F2" }] }, { files: [{ id: "F1" }] }],
    ["a file less", { files: [{ id: "F1", mode: "tombstone" }] }, { files: [{ id: "F1" }] }],
    ["an app's layout", { blocks: section("50 %") }, { blocks: section("40 %") }],
    ["an app's layout where there was none", { blocks: section("50 %") }, {}],
    [
      "what was typed, in its layout alone",
      { text: "", blocks: rich("ho") },
      { text: "", blocks: rich("hi") },
    ],
    ["an app's attachment", { attachments: [{ text: "b" }] }, { attachments: [{ text: "a" }] }],
  ])("%s is an edit", (_, after, before) => {
    const { message } = draft(changed(after, before));
    expect(message.relation).toMatchObject(target);
    expect(message.sourceMessageId).toBe(`C1:${ts}:edit:1714731600.000700`);
  });

  it.each<[string, object, object]>([
    ["a preview", { attachments: [{ from_url: "https://x", text: "a" }] }, {}],
    ["a layout that Slack adds later", { blocks: rich("hi") }, {}],
    ["a count of replies", { reply_count: 1, thread_ts: ts }, {}],
    ["a star", { is_starred: true }, {}],
  ])("%s is not reported", (_, after, before) => {
    expect(read(changed(after, before))).toEqual({ kind: "ignored", reason: "no_visible_change" });
  });

  it("inside a thread stays an edit and names the thread", () => {
    const thread = { thread_ts: "1714731400.000000" };
    const { message } = draft(changed({ text: "ho", ...thread }, thread));
    expect(message.relation).toMatchObject(target);
    expect(message.attributes).toMatchObject({
      slack_thread_ts: "1714731400.000000",
      mio_reply_attributes: "slack_thread_ts,slack_recipient_user_id,slack_team_id",
    });
  });

  it("are not reported for a message that was ignored", () => {
    const reason = "membership";
    expect(read(changed({ subtype: "channel_join", text: "x" }, {}))).toEqual({ kind: "ignored", reason });
  });
});

describe("deletions", () => {
  const gone = { type: "message", subtype: "message_deleted", channel: "C1", deleted_ts: ts, ts: "2.000001" };

  it("have a separate id, and no author if Slack sends none", () => {
    const { message } = draft(gone);
    expect(message.sourceMessageId).toBe(`C1:${ts}:delete`);
    expect(message.relation).toMatchObject({
      kind: MessageRelation_Kind.DELETE,
      targetExternalId: `C1:${ts}`,
    });
    expect(message.sender).toMatchObject({ externalId: "", isBot: false });
    expect(message.text).toBe("");
  });

  it("of a thread's first message, which leaves a tombstone, are the same", () => {
    const tombstone = changed(
      { subtype: "tombstone", user: "USLACKBOT", text: "This message was deleted." },
      {},
    );
    const { message } = draft(tombstone);
    expect(message.sourceMessageId).toBe(draft(gone).message.sourceMessageId);
    expect(message.sender?.externalId).toBe("U1");
    expect(message.text).toBe("");
  });
});

describe("reactions", () => {
  const item = { type: "message", channel: "C1", ts };
  const added = { type: "reaction_added", user: "U2", reaction: "+1", item, event_ts: "3.000001" };
  const idOf = (event: object): string => draft(event).message.sourceMessageId;

  it("differ by person, emoji, direction and time", () => {
    const ids = [
      added,
      { ...added, user: "U3" },
      { ...added, reaction: "tada" },
      { ...added, type: "reaction_removed" },
      { ...added, event_ts: "3.000002" },
    ].map(idOf);
    expect(ids[0]).toBe(`C1:${ts}:U2:+1:add:3.000001`);
    expect(ids[3]).toBe(`C1:${ts}:U2:+1:remove:3.000001`);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("of older shapes carry the time as ts", () => {
    expect(idOf({ ...added, event_ts: undefined, ts: "3.000001" })).toBe(idOf(added));
  });

  it.each([
    "+1",
    "-1",
    "thumbsup",
    "wave::skin-tone-2",
    "flag-de",
    "man-woman-girl",
    "e-mail",
    "party_blob",
    "1234",
    "ñ",
  ])("keep %s as Slack spells it", (reaction) => {
    expect(draft({ ...added, reaction }).message.relation?.reactionEmoji).toBe(reaction);
  });
});

describe("bots", () => {
  const other = { ...posted, user: "U5", bot_id: "B5", app_id: "A5" };

  it("other than ours are flagged, or ignored by a setting", () => {
    expect(draft(other).message.sender?.isBot).toBe(true);
    const ignored = { kind: "ignored", reason: "bot_message" };
    expect(read(other, { botMessages: "ignore" })).toEqual(ignored);
    expect(read(changed({ ...other, ts, text: "ho" }, {}), { botMessages: "ignore" })).toEqual(ignored);
  });

  it("without any id still have an author", () => {
    const sender = draft({ ...posted, user: undefined, subtype: "bot_message", username: "CI" }).message
      .sender;
    expect(sender).toMatchObject({ externalId: "system", displayName: "CI", isBot: true });
  });

  it.each<[string, object]>([
    ["app", { bot_id: "B9", app_id: "A1" }],
    ["app, as its profile says", { bot_id: "B9", bot_profile: { app_id: "A1", name: "Mio" } }],
    ["user", { user: "U0BOT" }],
    ["app, for a person", { user: "U1", bot_id: "B9", app_id: "A1" }],
  ])("that are ours are known by their %s and never come in", (_, who) => {
    const reason = { kind: "ignored", reason: "own_message" };
    expect(read({ ...posted, ...who })).toEqual(reason);
    expect(read({ ...posted, type: "app_mention", text: "<@U0BOT>", ...who })).toEqual(reason);
    expect(read(changed({ text: "ho", ...who }, who))).toEqual(reason);
  });
});

it.each([
  ["1714731490.123456", "1714731490123"],
  ["1714731490.999999", "1714731490999"],
  ["1714731490", "7000"],
  ["soon", "7000"],
])("the platform's time of %s is %s", (when, platformTime) => {
  const event = draft({ ...posted, ts: when, event_ts: when }, { around: { event_time: 7 } });
  expect(event.message.attributes["platform_ts"]).toBe(platformTime);
});

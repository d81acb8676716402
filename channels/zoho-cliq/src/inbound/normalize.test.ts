import { type InboundDraft, trustUnsigned } from "@mio/channel-kit";
import { ConversationKind, MessageRelation_Kind } from "@mio/proto";
import { describe, expect, it } from "vitest";
import { parseBotIds } from "../identity/bot-ids.ts";
import { normalize } from "./normalize.ts";
import { parsePayload } from "./payload.ts";

const receivedAt = new Date("2026-05-03T10:00:00Z");
const channel = { id: "CT_1", chat_type: "channel", channel_unique_name: "general" };
const message = { id: "1777804687057%20137", text: "halo" };
const user = { id: "7", organization_id: "63" };

function read(body: object, ownBots = ""): ReturnType<typeof normalize> {
  const bytes = trustUnsigned(new TextEncoder().encode(JSON.stringify(body)));
  return normalize(parsePayload(bytes), receivedAt, parseBotIds(ownBots));
}

function draft(body: object, ownBots = ""): InboundDraft {
  const event = read(body, ownBots);
  if (event.kind !== "message") throw new Error(`expected a message, got ${JSON.stringify(event)}`);
  return event.draft;
}

function sent(overrides: object = {}): object {
  return {
    operation: "message_sent",
    data: { time: 1777804687057, message },
    user,
    chat: channel,
    ...overrides,
  };
}

describe("normalize", () => {
  it("gives an edit its own identity and names the original", () => {
    const edited = draft(sent({ operation: "message_edited" })).message;
    expect(edited.sourceMessageId).toBe("1777804687057_137:edit:1777804687057");
    expect(edited.relation).toMatchObject({
      kind: MessageRelation_Kind.EDIT,
      targetExternalId: draft(sent()).message.sourceMessageId,
    });
  });

  it("keeps two edits of one message apart, and a redelivered one together", () => {
    const edit = (time: number): string =>
      draft(sent({ operation: "message_edited", data: { time, message } })).message.sourceMessageId;
    expect(edit(1)).not.toBe(edit(2));
    expect(edit(1)).toBe(edit(1));
  });

  it("reports a deleted message once, by the id under which it was posted, and without its words", () => {
    const deletion = (time: number): InboundDraft["message"] =>
      draft(sent({ operation: "message_deleted", data: { time, message } })).message;
    const posted = draft(sent()).message.sourceMessageId;
    expect(deletion(1).relation).toMatchObject({
      kind: MessageRelation_Kind.DELETE,
      targetExternalId: posted,
    });
    expect(deletion(1).text).toBe("");
    expect(deletion(2).sourceMessageId).toBe(deletion(1).sourceMessageId);
    expect(deletion(1).sourceMessageId).not.toBe(posted);
  });

  it.each([
    { message: { id: message.id } },
    { message: { text: "halo" }, message_id: message.id },
    { message: "halo", message_id: message.id },
    { message_id: message.id },
  ])("finds the id of a deleted message in %j", (data) => {
    const deletion = draft(sent({ operation: "message_deleted", data })).message;
    expect(deletion.sourceMessageId).toBe("1777804687057_137:delete");
  });

  it.each([
    ["in the message", { data: { message: { ...message, reply_to: "1777800000000%2077" } } }],
    ["as an object", { data: { message: { ...message, reply_to: { id: "1777800000000 77" } } } }],
    ["beside the message", { data: { message, reply_to: "1777800000000_77" } }],
    ["beside everything", { reply_to: "1777800000000_77" }],
  ])("reads the parent that reply_to names %s", (_where, fields) => {
    expect(draft(sent(fields)).message.relation).toMatchObject({
      kind: MessageRelation_Kind.REPLY,
      targetExternalId: "1777800000000_77",
    });
  });

  it("does not take a blank id for a parent's", () => {
    const blank = draft(sent({ data: { message: { ...message, reply_to: " " } } })).message;
    expect(blank.relation).toBeUndefined();
    expect(blank.conversationKind).toBe(ConversationKind.CHANNEL_PUBLIC);
  });

  it("does not take the time of the original for that of its edit", () => {
    const first = { operation: "message_edited", data: { message: { ...message, time: 5, text: "a" } } };
    const second = { operation: "message_edited", data: { message: { ...message, time: 5, text: "b" } } };
    const ids = [first, second].map((edit) => draft(sent(edit)).message.sourceMessageId);
    expect(new Set(ids).size).toBe(2);
  });

  it("calls a reply a thread, but never its conversation, and leaves the parent to the ledger", () => {
    const reply = { ...message, id: "1777804700000 9", replied_message: { id: "1777804687057%20137" } };
    const { message: replied, containerKind } = draft(sent({ data: { message: reply } }));
    expect(replied.conversationKind).toBe(ConversationKind.THREAD);
    expect(containerKind).toBe(ConversationKind.CHANNEL_PUBLIC);
    expect(replied.parentConversationId).toBe("");
    expect(replied.relation?.targetExternalId).toBe("1777804687057_137");
    expect(replied.attributes["cliq_replied_message_id"]).toBe("1777804687057%20137");
  });

  it.each([
    [{ id: "CT_1", is_dm: true }, ConversationKind.DM],
    [{ id: "CT_1", is_dm: "true" }, ConversationKind.DM],
    [{ id: "CT_1-B2" }, ConversationKind.DM],
    [{ id: "CT_1", channel_unique_name: "x" }, ConversationKind.CHANNEL_PUBLIC],
    [{ id: "CT_1", type: "channel" }, ConversationKind.CHANNEL_PUBLIC],
    [{ id: "CT_1", chat_type: "chat" }, ConversationKind.UNSPECIFIED],
  ])("takes the kind of %j from the chat", (chat, kind) => {
    expect(draft(sent({ chat })).containerKind).toBe(kind);
  });

  it("ignores our own bot under either spelling, so that it never answers itself", () => {
    for (const own of ["b-42", "42", " b-41 , b-42 "]) {
      for (const id of ["b-42", "42"]) {
        expect(read(sent({ user: { id } }), own)).toEqual({ kind: "ignored", reason: "own_message" });
      }
    }
  });

  it("flags messages of other bots, and those without an author, as bots'", () => {
    expect(draft(sent({ user: { id: "b-9" } }), "b-42").message.sender?.isBot).toBe(true);
    expect(draft(sent({ user: { id: "9", is_bot: true } })).message.sender?.isBot).toBe(true);
    expect(draft(sent({ user: null })).message.sender).toMatchObject({ externalId: "system", isBot: true });
    expect(draft(sent()).message.sender?.isBot).toBe(false);
  });

  it.each([
    [{ operation: "message_pinned" }, "unknown_operation"],
    [{ operation: "" }, "unknown_operation"],
    [{ operation: "", handler: { type: "action_handler" } }, "no_message"],
    [{ operation: "added" }, "membership"],
    [{ operation: "thread_closed" }, "thread_state"],
    [{ operation: "message_deleted", data: {} }, "no_message"],
    [{ operation: "message_deleted", data: { message: { text: "x" } } }, "no_message_id"],
    [{ data: { message: { id: "1777804687057 1", text: null } } }, "no_content"],
    [{ data: { message: { id: "1777804687057 1", text: " \n", mentions: [] } } }, "no_content"],
    [{ data: {} }, "no_message"],
    [{ data: { message: { text: "x" } } }, "no_message_id"],
    [{ data: { message: { id: " ", text: "x" } } }, "no_message_id"],
    [{ chat: {} }, "no_chat"],
  ])("ignores %j as %s", (overrides, reason) => {
    expect(read(sent(overrides))).toEqual({ kind: "ignored", reason });
  });

  it("says who is a guest and whose text mentions our bot, also after an edit", () => {
    const mentions = [{ id: "b-42", type: "bot" }];
    const fields = { data: { message: { ...message, mentions } }, user: { ...user, is_guest: true } };
    for (const operation of ["message_sent", "message_edited"]) {
      expect(draft(sent({ operation, ...fields }), "42").message.attributes).toMatchObject({
        cliq_mentions_bot: "true",
        cliq_author_external: "true",
      });
    }
    const plain = draft(sent(), "42").message.attributes;
    expect(Object.keys(plain)).not.toEqual(expect.arrayContaining(["cliq_mentions_bot"]));
    expect(Object.keys(plain)).not.toEqual(expect.arrayContaining(["cliq_author_external"]));
  });

  it("gives one second name to a mention, whichever of the bot's two handlers forwards it", () => {
    const mentions = [{ id: "b-42", type: "bot" }];
    const participation = draft(sent({ data: { message: { ...message, mentions } } }));
    const byMention = (time: number, id = user.id): InboundDraft =>
      draft({
        handler: "mention",
        message: "halo",
        message_details: { time, message: { text: "halo", mentions } },
        user: { ...user, id },
        chat: channel,
      });
    expect(participation.secondId).toBeTruthy();
    expect(byMention(1777804687057).secondId).toBe(participation.secondId);
    expect(byMention(1777804687058).secondId).not.toBe(participation.secondId);
    expect(byMention(1777804687057, "8").secondId).not.toBe(participation.secondId);
    expect(draft(sent()).secondId).toBeUndefined();
  });

  it("names the attributes that answers need to find the place", () => {
    expect(draft(sent()).message.attributes).toMatchObject({
      cliq_channel_name: "general",
      mio_reply_attributes: "cliq_channel_name",
    });
    const direct = draft({ operation: "message", message, user, chat: { id: "CT_1-B2" } }).message.attributes;
    expect(direct).toMatchObject({ cliq_user_id: "7", mio_reply_attributes: "cliq_user_id" });
  });

  it("takes the workspace from the user, who has none in a direct message", () => {
    expect(draft(sent()).workspaceKey).toBe("63");
    expect(draft(sent({ user: { id: "7" } })).workspaceKey).toBe("");
  });
});

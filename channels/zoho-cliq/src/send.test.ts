import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { Sender } from "@mio/channel-kit";
import { callUnderTest, type ScriptedHttp, scriptedHttp } from "@mio/channel-kit/contract";
import { type SendCommand, SendCommandSchema } from "@mio/proto";
import { describe, expect, it } from "vitest";
import { parseBotIds } from "./bot-ids.ts";
import { createCliqClient } from "./client.ts";
import type { TokenSource } from "./credentials.ts";
import { createSender } from "./send.ts";

const context = callUnderTest();
const now = (): Date => new Date("2026-05-03T10:00:00Z");

function command(init: MessageInitShape<typeof SendCommandSchema>): SendCommand {
  return create(SendCommandSchema, { text: "hello", ...init });
}

function freshTokens(): TokenSource & { readonly refused: string[] } {
  const refused: string[] = [];
  return {
    refused,
    get: async () => `token-${refused.length}`,
    invalidate: (token) => refused.push(token) > 0,
  };
}

function sender(http: ScriptedHttp, tokens: TokenSource = freshTokens()): Sender {
  const client = createCliqClient({ baseUrl: new URL("https://cliq.zoho.com"), http, tokens, now });
  return createSender({ client, botName: "miobot", ownBots: parseBotIds("b-42"), now });
}

const toChannel = command({ attributes: { cliq_channel_name: "general" }, conversationExternalId: "CT_1" });
const toPerson = command({ attributes: { cliq_user_id: "7" }, conversationExternalId: "CT_1-B2" });

describe("send", () => {
  it("posts to a channel by name, as the bot, and returns the real message id", async () => {
    const http = scriptedHttp({ status: 200, text: '{"message_id":"1777804687057_137"}' });
    expect(await sender(http).send(toChannel, context)).toEqual({ externalIds: ["1777804687057_137"] });
    const [request] = http.requests;
    expect(request?.method).toBe("POST");
    expect(request?.url.href).toBe(
      "https://cliq.zoho.com/api/v2/channelsbyname/general/message?bot_unique_name=miobot",
    );
    expect(JSON.parse(request?.body ?? "")).toEqual({ text: "hello", sync_message: true });
    expect(request?.headers).toMatchObject({ authorization: "Zoho-oauthtoken token-0" });
  });

  it("posts to a person as the bot", async () => {
    const text =
      '{"user_ids":["7"],"message_details":{"7":{"chat_id":"CT_1-B2","message_id":"1777804687057%20137"}}}';
    const http = scriptedHttp({ status: 200, text });
    expect(await sender(http).send(toPerson, context)).toEqual({ externalIds: ["1777804687057_137"] });
    expect(http.requests[0]?.url.pathname).toBe("/api/v2/bots/miobot/message");
    expect(JSON.parse(http.requests[0]?.body ?? "")).toEqual({
      text: "hello",
      sync_message: true,
      userids: "7",
    });
  });

  it("posts to a bare chat when the command names nothing else", async () => {
    const http = scriptedHttp({ status: 200, text: '{"id":"1_2"}' });
    const sent = await sender(http).send(command({ conversationExternalId: "CT_1" }), context);
    expect(sent).toEqual({ externalIds: ["1_2"] });
    expect(http.requests[0]?.url.pathname).toBe("/api/v2/chats/CT_1/message");
  });

  it.each([
    ["204", { status: 204 }],
    ["another shape", { status: 200, text: '{"data":[]}' }],
    ["an answer that broke off", { status: 200, text: '{"message_id":"1_2"}', truncated: true }],
  ])("counts %s as sent, without an id", async (_, answer) => {
    expect(await sender(scriptedHttp(answer)).send(toChannel, context)).toEqual({ externalIds: [] });
  });

  it("escapes names and refuses those that would walk out of the path", async () => {
    const http = scriptedHttp({ status: 204 });
    await sender(http).send(command({ attributes: { cliq_channel_name: "a/b?c#é" } }), context);
    expect(http.requests[0]?.url.pathname).toBe("/api/v2/channelsbyname/a%2Fb%3Fc%23%C3%A9/message");
    for (const name of ["..", "."]) {
      const walking = command({ attributes: { cliq_channel_name: name } });
      await expect(sender(http).send(walking, context)).rejects.toMatchObject({
        kind: "permanent",
        reason: "invalid",
      });
    }
    await expect(sender(http).send(command({}), context)).rejects.toMatchObject({ reason: "invalid" });
    expect(http.requests).toHaveLength(1);
  });

  it("gets one fresh token after a 401, and then gives up", async () => {
    const tokens = freshTokens();
    const http = scriptedHttp({ status: 401, text: '{"code":"oauthtoken_invalid"}' }, { status: 204 });
    await sender(http, tokens).send(toChannel, context);
    expect(tokens.refused).toEqual(["token-0"]);
    expect(http.requests[1]?.headers).toMatchObject({ authorization: "Zoho-oauthtoken token-1" });
    const never = scriptedHttp({ status: 401 });
    await expect(sender(never).send(toChannel, context)).rejects.toMatchObject({
      kind: "permanent",
      reason: "auth",
    });
    expect(never.requests).toHaveLength(2);
  });

  it("does not repeat a call that a fresh token cannot help", async () => {
    const http = scriptedHttp({ status: 401, text: '{"code":"oauthtoken_scope_invalid"}' });
    await expect(sender(http).send(toChannel, context)).rejects.toMatchObject({ reason: "auth" });
    expect(http.requests).toHaveLength(1);
  });

  it("never repeats a post whose fate it does not know", async () => {
    const http = scriptedHttp({ kind: "unanswered", reason: "timeout", networkCode: "TIMEOUT" });
    await expect(sender(http).send(toChannel, context)).rejects.toMatchObject({
      kind: "unknown",
      reason: "timeout",
    });
    expect(http.requests).toHaveLength(1);
  });
});

describe("edit", () => {
  it("puts the text to the message and keeps its id", async () => {
    const http = scriptedHttp({ status: 204 });
    expect(await sender(http).edit?.(toChannel, "1777804687057_137", context)).toEqual({
      externalIds: ["1777804687057_137"],
    });
    expect(http.requests[0]).toMatchObject({ method: "PUT", body: '{"text":"hello"}' });
    expect(http.requests[0]?.url.pathname).toBe("/api/v2/chats/CT_1/messages/1777804687057_137");
  });

  it("may be tried again after silence", async () => {
    const http = scriptedHttp({ kind: "unanswered", reason: "timeout", networkCode: "TIMEOUT" });
    await expect(sender(http).edit?.(toChannel, "1_2", context)).rejects.toMatchObject({ kind: "transient" });
  });

  it("needs the chat", async () => {
    const lost = command({ attributes: { cliq_channel_name: "general" } });
    await expect(sender(scriptedHttp({ status: 204 })).edit?.(lost, "1_2", context)).rejects.toMatchObject({
      kind: "permanent",
      reason: "invalid",
    });
  });
});

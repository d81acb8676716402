import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { CallContext, DeliveryError, Sender, TokenSource } from "@mio/channel-kit";
import { callUnderTest, type ScriptedHttp, scriptedHttp } from "@mio/channel-kit/contract";
import { MessageRelation_Kind, type SendCommand, SendCommandSchema } from "@mio/proto";
import { describe, expect, it } from "vitest";
import { createCliqClient } from "../access/client.ts";
import { parseBotIds } from "../identity/bot-ids.ts";
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

function sender(http: ScriptedHttp, tokens: TokenSource = freshTokens()): Required<Sender> {
  const access = { ...tokens, baseUrl: () => new URL("https://cliq.zoho.com") };
  const client = createCliqClient({ access, http, uploads: http, now });
  const made = createSender({ client, botName: "miobot", ownBots: parseBotIds("b-42"), now });
  const { edit, remove, react, reconcile } = made;
  if (edit === undefined || remove === undefined || react === undefined || reconcile === undefined) {
    throw new Error("a part of the sender is missing");
  }
  return { send: made.send, edit, remove, react, reconcile };
}

/** What was called, in short: method, address and body. */
function callsOf(http: ScriptedHttp): readonly unknown[] {
  return http.requests.map(({ method, url, body }) => [
    `${method} ${url.pathname.replace("/api/v2", "")}${url.search}`,
    body === undefined ? undefined : JSON.parse(body),
  ]);
}

async function failureOf(work: Promise<unknown>): Promise<DeliveryError> {
  const error: unknown = await work.catch((thrown: unknown) => thrown);
  return error as DeliveryError;
}

const channel = { attributes: { cliq_channel_name: "general" }, conversationExternalId: "CT_1" };
const person = { attributes: { cliq_user_id: "7" }, conversationExternalId: "CT_1-B2" };
const toChannel = command(channel);
const toPerson = command(person);

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

  it("escapes names and rejects those that would leave the path", async () => {
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

  it("gets one fresh token after a 401, and then fails", async () => {
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

const idOf = (n: number): string => `177780468705${n}_137`;
const answerWith = (n: number) => ({ status: 200, text: JSON.stringify({ message_id: idOf(n) }) });
const inChannel = "/channelsbyname/general/message?bot_unique_name=miobot";

describe("where a message goes", () => {
  const rich = { card: { title: "t" } };
  const card = { bot: { name: "miobot" }, card: { title: "t" }, text: "hello", sync_message: true };

  it("is the chat of a thread, or it would land in the thread's channel", async () => {
    const http = scriptedHttp(answerWith(1));
    const conversationExternalId = "CT_1207124526552602256_60002085329-T-1291567019566818579";
    const attributes = { cliq_channel_name: "general" };
    await sender(http).send(command({ conversationExternalId, attributes }), context);
    expect(callsOf(http)).toEqual([
      [
        `POST /chats/${conversationExternalId}/message?bot_unique_name=miobot`,
        { text: "hello", sync_message: true },
      ],
    ]);
  });

  it("quotes what it answers, by the id that Cliq knows", async () => {
    const relation = { kind: MessageRelation_Kind.REPLY, targetExternalId: "1777804687057%20137" };
    const cases: [SendCommand, CallContext, object][] = [
      [command({ ...channel, relation }), context, { reply_to: "1777804687057_137" }],
      [toChannel, callUnderTest({ threadRootExternalId: "1_2" }), { reply_to: "1_2" }],
      [toChannel, callUnderTest({ threadRootExternalId: "dm_madeByMio" }), {}],
    ];
    for (const [about, call, place] of cases) {
      const http = scriptedHttp(answerWith(1));
      await sender(http).send(about, call);
      expect(callsOf(http)).toEqual([[`POST ${inChannel}`, { text: "hello", sync_message: true, ...place }]]);
    }
  });

  it("is a thread that the command names, for every part", async () => {
    const http = scriptedHttp(answerWith(1));
    const attributes = { ...channel.attributes, cliq_thread_message_id: "1_2" };
    const text = "x ".repeat(4_000);
    await sender(http).send(
      command({ ...channel, text, attributes }),
      callUnderTest({ threadRootExternalId: "1_2" }),
    );
    expect(http.requests.map(({ body }) => JSON.parse(body ?? "").thread_message_id)).toEqual(["1_2", "1_2"]);
    expect(http.requests[0]?.body).not.toContain("reply_to");
  });

  it("is, with a card, first the chat, where Cliq shows cards", async () => {
    const http = scriptedHttp(answerWith(1));
    await sender(http).send(command({ ...channel, richContent: rich }), context);
    expect(callsOf(http)).toEqual([["POST /chats/CT_1/message", card]]);
  });

  it.each([400, 403, 404])("is the next way after a refusal of this one with %i", async (status) => {
    const http = scriptedHttp({ status }, { status }, answerWith(1));
    const sent = await sender(http).send(command({ ...channel, richContent: rich }), context);
    expect(sent).toEqual({ externalIds: [idOf(1)] });
    expect(callsOf(http)).toEqual([
      ["POST /chats/CT_1/message", card],
      ["POST /channelsbyname/general/message", card],
      [`POST ${inChannel}`, card],
    ]);
  });

  it("reports the error of the last endpoint", async () => {
    const http = scriptedHttp({ status: 404 }, { status: 404 }, { status: 403 });
    const error = await failureOf(sender(http).send(command({ ...channel, richContent: rich }), context));
    expect(error).toMatchObject({ kind: "permanent", reason: "forbidden" });
  });

  it.each([
    ["429", { status: 429 }, "throttled"],
    ["Cliq's throttle", { status: 400, text: "exceeded the URL throttle limits" }, "throttled"],
    ["500", { status: 500 }, "unknown"],
    ["503", { status: 503 }, "transient"],
    ["a text that is too long", { status: 413 }, "permanent"],
    ["silence", { kind: "unanswered", reason: "timeout", networkCode: "TIMEOUT" } as const, "unknown"],
    [
      "no connection",
      { kind: "unsent", reason: "network", networkCode: "ECONNREFUSED" } as const,
      "transient",
    ],
  ])("stays the same after %s, so that no card is posted twice", async (_, step, kind) => {
    const http = scriptedHttp(step, answerWith(1));
    const error = await failureOf(sender(http).send(command({ ...channel, richContent: rich }), context));
    expect(error).toMatchObject({ kind });
    expect(http.requests).toHaveLength(1);
  });

  it("skips the chat if the command names none, and is one endpoint for a person", async () => {
    const unnamed = scriptedHttp(answerWith(1));
    await sender(unnamed).send(
      command({ attributes: { cliq_channel_name: "general" }, richContent: rich }),
      context,
    );
    expect(callsOf(unnamed)).toEqual([["POST /channelsbyname/general/message", card]]);
    const direct = scriptedHttp({ status: 404 });
    await failureOf(sender(direct).send(command({ ...person, richContent: rich }), context));
    expect(callsOf(direct)).toEqual([["POST /bots/miobot/message", { ...card, userids: "7" }]]);
  });
});

describe("a long text", () => {
  const long = command({ ...channel, text: `${"a".repeat(4_999)} ${"b".repeat(4_999)} ccc` });

  it("is sent in parts, of which an edit addresses the first", async () => {
    const http = scriptedHttp(answerWith(1), answerWith(2), answerWith(3));
    expect(await sender(http).send(long, context)).toEqual({ externalIds: [idOf(1), idOf(2), idOf(3)] });
    expect(http.requests.map(({ body }) => JSON.parse(body ?? "").text).join(" ")).toBe(long.text);
  });

  it("reports the posted parts when a part fails, and continues after them", async () => {
    const throttled = { status: 429, headers: { "retry-after": "7" } };
    const error = await failureOf(sender(scriptedHttp(answerWith(1), throttled)).send(long, context));
    expect(error).toMatchObject({
      kind: "throttled",
      retry: { afterMs: 7_000 },
      sent: { externalIds: [idOf(1)] },
    });
    const http = scriptedHttp(answerWith(2), answerWith(3));
    const resumed = callUnderTest({ attempt: 2, alreadySent: error.sent.externalIds });
    expect(await sender(http).send(long, resumed)).toEqual({ externalIds: [idOf(1), idOf(2), idOf(3)] });
    expect(http.requests.map(({ body }) => JSON.parse(body ?? "").text[0])).toEqual(["b", "c"]);
  });

  it("has an unknown fate when a part fails after one without an id", async () => {
    const error = await failureOf(
      sender(scriptedHttp(answerWith(1), { status: 204 }, { status: 503 })).send(long, context),
    );
    expect(error).toMatchObject({
      kind: "unknown",
      reason: "platform_down",
      sent: { externalIds: [idOf(1)] },
    });
  });
});

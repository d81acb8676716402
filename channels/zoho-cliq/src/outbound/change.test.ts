import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { CallContext, DeliveryError, HttpFailure, Sent } from "@mio/channel-kit";
import {
  callUnderTest,
  type ScriptedAnswer,
  type ScriptedHttp,
  scriptedHttp,
} from "@mio/channel-kit/contract";
import { type SendCommand, SendCommandSchema } from "@mio/proto";
import { describe, expect, it } from "vitest";
import { createCliqClient } from "../access/client.ts";
import { parseBotIds } from "../identity/bot-ids.ts";
import { createSender } from "./send.ts";

const done = { status: 204 } as const;
const target = "1777804687057_137";
const second = "1777804687058_137";
const card = { card: { title: "t" } };

function command(init: MessageInitShape<typeof SendCommandSchema> = {}): SendCommand {
  const attributes = { cliq_channel_name: "general", ...init.attributes };
  return create(SendCommandSchema, { text: "hello", conversationExternalId: "CT_1", ...init, attributes });
}

type Change = "edit" | "remove" | "react";

function change(
  kind: Change,
  http: ScriptedHttp,
  about: {
    readonly command?: SendCommand;
    readonly call?: Partial<CallContext>;
    readonly target?: string;
  } = {},
): Promise<Sent> {
  const now = (): Date => new Date("2026-05-03T10:00:00Z");
  const baseUrl = (): URL => new URL("https://cliq.zoho.com");
  const access = { get: async () => "t", invalidate: () => true, baseUrl };
  const client = createCliqClient({ access, http, uploads: http, now });
  const method = createSender({ client, botName: "miobot", ownBots: parseBotIds("b-42"), now })[kind];
  if (method === undefined) throw new Error(`the sender cannot ${kind}`);
  return method(about.command ?? command(), about.target ?? target, callUnderTest(about.call));
}

function callsOf(http: ScriptedHttp): readonly unknown[] {
  return http.requests.map(({ method, url, body }) => [
    `${method} ${url.pathname.replace("/api/v2/chats/", "")}`,
    body === undefined ? undefined : JSON.parse(body),
  ]);
}

async function failureOf(work: Promise<unknown>): Promise<DeliveryError> {
  const error: unknown = await work.catch((thrown: unknown) => thrown);
  return error as DeliveryError;
}

describe("edit", () => {
  it("puts the text to the message and keeps its id", async () => {
    const http = scriptedHttp(done);
    expect(await change("edit", http)).toEqual({ externalIds: [target] });
    expect(callsOf(http)).toEqual([[`PUT CT_1/messages/${target}`, { text: "hello" }]]);
  });

  it("spells the id as Cliq does", async () => {
    const http = scriptedHttp(done);
    await change("edit", http, { target: "1777804687057%20137" });
    expect(callsOf(http)).toEqual([[`PUT CT_1/messages/${target}`, { text: "hello" }]]);
  });

  it("puts each part to a message of the target", async () => {
    const http = scriptedHttp(done);
    const call = { targetExternalIds: [target, second] };
    const long = command({ text: `${"a".repeat(4_999)} bbb` });
    expect(await change("edit", http, { command: long, call })).toEqual({ externalIds: [target, second] });
    expect(callsOf(http).map((one) => JSON.stringify(one).slice(0, 60))).toEqual([
      expect.stringContaining(`messages/${target}`),
      expect.stringContaining(`messages/${second}","bbb`.slice(0, 27)),
    ]);
  });

  it("deletes the surplus messages of a shorter text", async () => {
    const http = scriptedHttp(done);
    const call = { targetExternalIds: [target, second] };
    expect(await change("edit", http, { call })).toEqual({ externalIds: [target] });
    expect(callsOf(http)).toEqual([
      [`PUT CT_1/messages/${target}`, { text: "hello" }],
      [`DELETE CT_1/messages/${second}`, undefined],
    ]);
  });

  describe("to a longer text", () => {
    const long = command({ text: `${"a".repeat(4_999)} bbb` });
    const further = { status: 200, text: JSON.stringify({ message_id: second }) };
    const rows = (...texts: readonly string[]): ScriptedAnswer => {
      const sender = { id: "b-42", name: "Mio" };
      const data = texts.map((text) => ({ id: second, time: 1777804687058, sender, content: { text } }));
      return { status: 200, text: JSON.stringify({ data }) };
    };

    it("posts the missing messages of the target", async () => {
      const http = scriptedHttp(done, further);
      expect(await change("edit", http, { command: long })).toEqual({ externalIds: [target, second] });
      expect(http.requests[1]?.url.pathname).toBe("/api/v2/channelsbyname/general/message");
      expect(JSON.parse(http.requests[1]?.body ?? "")).toMatchObject({ text: "bbb" });
    });

    it("searches for it first on a retry, and posts it once", async () => {
      const found = scriptedHttp(done, rows("bbb"));
      const again = { command: long, call: { attempt: 2 } };
      expect(await change("edit", found, again)).toEqual({ externalIds: [target, second] });
      expect(found.requests).toHaveLength(2);
      const lost = scriptedHttp(done, rows("other"), further);
      expect(await change("edit", lost, again)).toEqual({ externalIds: [target, second] });
      expect(lost.requests).toHaveLength(3);
      const blind = scriptedHttp(done, { status: 200, text: "<html>" });
      expect(await failureOf(change("edit", blind, again))).toMatchObject({ kind: "transient" });
    });
  });

  it.each([
    ["gone", { status: 404, text: '{"code":"message_not_found"}' }, "not_found", "invalid"],
    ["closed", { status: 403, text: '{"code":"access_denied"}' }, "closed", "forbidden"],
  ])(
    "of a message that is %s says so, and not when only a further one is",
    async (_, answer, reason, other) => {
      expect(await failureOf(change("edit", scriptedHttp(answer)))).toMatchObject({ reason });
      const about = {
        command: command({ text: `${"a".repeat(4_999)} bbb` }),
        call: { targetExternalIds: [target, second] },
      };
      const failure = await failureOf(change("edit", scriptedHttp(done, answer), about));
      expect(failure).toMatchObject({ kind: "permanent", reason: other });
    },
  );

  it("may be retried after silence", async () => {
    const silence: HttpFailure = { kind: "unanswered", reason: "timeout", networkCode: "TIMEOUT" };
    expect(await failureOf(change("edit", scriptedHttp(silence)))).toMatchObject({ kind: "transient" });
  });

  it.each([
    ["without a chat", { command: command({ conversationExternalId: "" }) }, "invalid"],
    ["of a message without an id from Cliq", { target: "dm_madeByMio" }, "invalid"],
    ["without a text", { command: command({ text: " " }) }, "invalid"],
    ["of a card", { command: command({ text: "", richContent: card }) }, "unsupported"],
    ["of a text with a card", { command: command({ richContent: card }) }, "unsupported"],
    ["of a text with a file", { command: command({ attachments: [{ storageKey: "k" }] }) }, "unsupported"],
    ["of a text with a link", { command: command({ attachments: [{ url: "https://x/" }] }) }, "unsupported"],
  ])("refuses one %s before any call", async (_, about, reason) => {
    const http = scriptedHttp(done);
    expect(await failureOf(change("edit", http, about))).toMatchObject({ kind: "permanent", reason });
    expect(http.requests).toEqual([]);
  });
});

describe("remove", () => {
  it("deletes every message of the target", async () => {
    const http = scriptedHttp(done);
    const call = { targetExternalIds: [target, second] };
    expect(await change("remove", http, { call })).toEqual({ externalIds: [target, second] });
    expect(callsOf(http)).toEqual([
      [`DELETE CT_1/messages/${target}`, undefined],
      [`DELETE CT_1/messages/${second}`, undefined],
    ]);
  });

  it("takes a missing message for deleted only if it may have deleted it itself", async () => {
    const gone = (): ScriptedHttp => scriptedHttp({ status: 404 });
    expect(await failureOf(change("remove", gone()))).toMatchObject({
      kind: "permanent",
      reason: "not_found",
    });
    expect(await change("remove", gone(), { call: { attempt: 2 } })).toEqual({ externalIds: [target] });
  });
});

describe("react", () => {
  const reacting = (emoji: string, attributes: Record<string, string> = {}): SendCommand =>
    command({ attributes, relation: { reactionEmoji: emoji } });

  it.each([
    ["👍", "👍"],
    [":smile:", ":smile:"],
    ["thumbsup", "👍"],
    ["+1", "👍"],
    ["wave::skin-tone-3", "👋🏼"],
    [":wave::skin-tone-3:", "👋🏼"],
    ["👩🏻‍💻", "👩🏻‍💻"],
    ["❤", "❤️"],
    ["🇻🇳", "🇻🇳"],
    ["🧑🏻‍🤝‍🧑🏿", "🧑🏻‍🤝‍🧑🏿"],
    ["our-logo", ":our-logo:"],
  ])("adds %s", async (emoji, code) => {
    const http = scriptedHttp(done);
    expect(await change("react", http, { command: reacting(emoji) })).toEqual({ externalIds: [target] });
    expect(callsOf(http)).toEqual([[`POST CT_1/messages/${target}/reactions`, { emoji_code: code }]]);
  });

  it.each(["cliq_reaction_removed", "mio_reaction_removed"])("takes it away with %s", async (name) => {
    const http = scriptedHttp(done);
    await change("react", http, { command: reacting("👍", { [name]: "true" }) });
    expect(callsOf(http)).toEqual([[`DELETE CT_1/messages/${target}/reactions`, { emoji_code: "👍" }]]);
  });

  it.each(["not an emoji", "👍👍", "🔥🏽"])("refuses %s", async (emoji) => {
    const http = scriptedHttp(done);
    expect(await failureOf(change("react", http, { command: reacting(emoji) }))).toMatchObject({
      kind: "permanent",
      reason: "bad_request",
    });
    expect(callsOf(http)).toEqual([]);
  });

  it("needs an emoji", async () => {
    expect(await failureOf(change("react", scriptedHttp(done), { command: reacting(" ") }))).toMatchObject({
      kind: "permanent",
      reason: "invalid",
    });
  });
});

import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type CallContext, DeliveryError, type KeptFile, type Sent } from "@mio/channel-kit";
import { callUnderTest, type ScriptedHttp, scriptedHttp } from "@mio/channel-kit/contract";
import { type SendCommand, SendCommandSchema } from "@mio/proto";
import { describe, expect, it } from "vitest";
import { createCliqClient } from "../access/client.ts";
import { parseBotIds } from "../identity/bot-ids.ts";
import { createSender } from "./send.ts";

const id = "1777804687057_137";
const posted = { status: 200, text: JSON.stringify({ message_id: id }) } as const;
const taken = { status: 204 } as const;

function command(init: MessageInitShape<typeof SendCommandSchema>): SendCommand {
  const place = { conversationExternalId: "CT_1", attributes: { cliq_channel_name: "general" } };
  return create(SendCommandSchema, {
    ...place,
    attachments: [{ storageKey: "k", filename: "a.txt" }],
    ...init,
  });
}

function send(http: ScriptedHttp, about: SendCommand, call: Partial<CallContext> = {}): Promise<Sent> {
  const now = (): Date => new Date("2026-05-03T10:00:00Z");
  let tokens = 0;
  const invalidate = (): boolean => {
    tokens += 1;
    return true;
  };
  const access = {
    get: async () => `t${tokens}`,
    invalidate,
    baseUrl: () => new URL("https://cliq.zoho.com"),
  };
  const client = createCliqClient({ access, http, uploads: http, now });
  const sender = createSender({ client, botName: "miobot", ownBots: parseBotIds("b-42"), now });
  return sender.send(about, callUnderTest({ openAttachment: async () => fileOf("data"), ...call }));
}

function fileOf(text: string, claimedBytes?: number): KeptFile {
  const bytes = new TextEncoder().encode(text);
  const body = ReadableStream.from([bytes]);
  return { body, bytes: claimedBytes ?? bytes.length, contentType: "text/plain" };
}

/** The form of a request, parsed as the platform would. */
async function formOf(http: ScriptedHttp, at: number): Promise<FormData> {
  const request = http.requests[at];
  const stream = request?.stream;
  if (stream === undefined) throw new Error("the request carries no stream");
  const bytes = await new Response(ReadableStream.from(stream)).arrayBuffer();
  expect(request?.headers?.["content-length"]).toBe(String(bytes.byteLength));
  const headers = { "content-type": request?.headers?.["content-type"] ?? "" };
  return await new Response(bytes, { headers }).formData();
}

describe("files", () => {
  it("follow the text, all with one call", async () => {
    const http = scriptedHttp(posted, taken);
    const attachments = [
      { storageKey: "a", filename: "a.txt" },
      { storageKey: "b", filename: 'q"uo\\te\n.txt' },
    ];
    expect(await send(http, command({ text: "see", attachments }))).toEqual({ externalIds: [id] });
    expect(http.requests.map(({ method, url }) => `${method} ${url.pathname}${url.search}`)).toEqual([
      "POST /api/v2/channelsbyname/general/message?bot_unique_name=miobot",
      "POST /api/v2/channelsbyname/general/files?bot_unique_name=miobot",
    ]);
    const files = (await formOf(http, 1)).getAll("file");
    const read = files.map(async (file) => (file instanceof File ? [file.type, await file.text()] : file));
    expect(await Promise.all(read)).toEqual([
      ["text/plain", "data"],
      ["text/plain", "data"],
    ]);
  });

  it.each([
    ["a person", { attributes: { cliq_user_id: "7" } }, "/bots/miobot/files", "7"],
    ["a bare chat", { attributes: {} }, "/chats/CT_1/files", null],
    [
      "a thread",
      { conversationExternalId: "CT_1_2-T-3", attributes: {} },
      "/chats/CT_1_2-T-3/files?bot_unique_name=miobot",
      null,
    ],
  ])("go to %s without a text", async (_, place, path, userId) => {
    const http = scriptedHttp(taken);
    expect(await send(http, command(place))).toEqual({ externalIds: [] });
    const url = http.requests[0]?.url;
    expect(`${url?.pathname}${url?.search}`).toBe(`/api/v2${path}`);
    expect((await formOf(http, 0)).get("user_id")).toBe(userId);
  });

  it("are opened again for a fresh token", async () => {
    let opened = 0;
    const openAttachment = async (): Promise<KeptFile> => {
      opened += 1;
      return fileOf(`copy ${opened}`);
    };
    const http = scriptedHttp({ status: 401 }, taken);
    await send(http, command({}), { openAttachment });
    expect(http.requests.map(({ headers }) => headers?.["authorization"])).toEqual([
      "Zoho-oauthtoken t0",
      "Zoho-oauthtoken t1",
    ]);
    const file = (await formOf(http, 1)).get("file");
    expect(file instanceof File && (await file.text())).toBe("copy 2");
  });

  it("that are missing or too large fail the text too", async () => {
    const missing = new DeliveryError({ kind: "permanent", reason: "invalid", message: "There is no file." });
    const cases = [
      [() => Promise.reject(missing), "invalid"],
      [async () => fileOf("x", 50 * 1024 * 1024 + 1), "too_long"],
    ] as const;
    for (const [openAttachment, reason] of cases) {
      const http = scriptedHttp(posted);
      await expect(send(http, command({ text: "see" }), { openAttachment })).rejects.toMatchObject({
        kind: "permanent",
        reason,
      });
      expect(http.requests).toEqual([]);
    }
  });

  it("are sent alone if the text has been posted", async () => {
    const lost = scriptedHttp(posted, { status: 503 });
    await expect(send(lost, command({ text: "see" }))).rejects.toMatchObject({
      kind: "transient",
      sent: { externalIds: [id] },
    });
    const http = scriptedHttp(taken);
    expect(await send(http, command({ text: "see" }), { attempt: 2, alreadySent: [id] })).toEqual({
      externalIds: [id],
    });
    expect(http.requests).toHaveLength(1);
  });
});

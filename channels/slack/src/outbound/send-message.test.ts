import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type CallContext, DeliveryError, type Sender } from "@mio/channel-kit";
import { callUnderTest, scriptedHttp } from "@mio/channel-kit/contract";
import { Attachment_Kind, MessageRelation_Kind, type SendCommand, SendCommandSchema } from "@mio/proto";
import { describe, expect, it } from "vitest";
import {
  answered,
  now,
  refused,
  type ScriptedSlack,
  scriptedSlack,
  silence,
} from "../../test/scripted-slack.ts";
import { createSender } from "./send.ts";

const uuid = "0199c0de-0000-7000-8000-000000000001";

function command(init: MessageInitShape<typeof SendCommandSchema> = {}): SendCommand {
  return create(SendCommandSchema, { id: "cmd", conversationExternalId: "C1", text: "hello", ...init });
}

const uploads = scriptedHttp({ status: 200, text: "OK" });

function senderOf({ client }: ScriptedSlack, http = uploads): Required<Sender> {
  return createSender({
    client,
    uploads: http,
    isUploadAddress: ({ protocol }) => protocol === "https:",
    now,
  });
}

const send = (slack: ScriptedSlack, wanted: SendCommand, context: Partial<CallContext> = {}) =>
  senderOf(slack).send(wanted, callUnderTest(context));

async function failureOf(work: Promise<unknown>): Promise<DeliveryError> {
  const error: unknown = await work.catch((thrown: unknown) => thrown);
  if (error instanceof DeliveryError) return error;
  throw new Error("expected a DeliveryError", { cause: error });
}

const inThread = { attributes: { slack_thread_ts: "9.9" } };
const threadOf = (ts: string) => ({ ok: true, messages: [{ ts, thread_ts: ts }] });
const long = (parts: number) => Array.from({ length: parts }, (_, at) => `${at}`.repeat(3_900)).join("\n\n");

describe("a message", () => {
  it("is posted with the id of its command, and known by its channel and ts", async () => {
    const slack = scriptedSlack();
    expect(await send(slack, command())).toEqual({ externalIds: ["C1:1.1"] });
    const [{ fields }] = slack.calls as [ScriptedSlack["calls"][0]];
    expect(fields).toMatchObject({
      channel: "C1",
      text: "hello",
      unfurl_links: "false",
      unfurl_media: "true",
    });
    expect(JSON.parse(fields["metadata"] ?? "")).toEqual({
      event_type: "mio_send",
      event_payload: { send_id: "cmd", part: 1, parts: 1 },
    });
    expect(fields).not.toHaveProperty("thread_ts");
    expect(fields).not.toHaveProperty("blocks");
  });

  it("to a person is known by the channel that Slack opened", async () => {
    const slack = scriptedSlack({ "chat.postMessage": { ok: true, channel: "D7", ts: "5.5" } });
    expect(await send(slack, command({ conversationExternalId: "U7" }))).toEqual({ externalIds: ["D7:5.5"] });
  });

  it("with rich content carries blocks", async () => {
    const slack = scriptedSlack();
    await send(slack, command({ richContent: { card: { title: "T" } } }));
    expect(JSON.parse(slack.calls[0]?.fields["blocks"] ?? "")).toHaveLength(2);
  });
});

describe("a picture that Slack cannot fetch", () => {
  const pictures = {
    text: "",
    richContent: {
      card: { thumbnailUrl: "https://e.com/t.png" },
      blocks: [{ content: { case: "text" as const, value: { text: "hi" } } }],
    },
    attachments: [{ kind: Attachment_Kind.IMAGE, url: "https://e.com/i.png", filename: "i.png" }],
  };
  const refusePictures = ({ fields }: { fields: Readonly<Record<string, string>> }) =>
    fields["blocks"]?.includes("image_url")
      ? refused("invalid_blocks")
      : { ok: true, channel: "C1", ts: "1.1" };

  it("becomes a link, so that the rest is shown", async () => {
    const slack = scriptedSlack({ "chat.postMessage": refusePictures });
    expect(await send(slack, command(pictures))).toEqual({ externalIds: ["C1:1.1"] });
    expect(JSON.parse(slack.calls[1]?.fields["blocks"] ?? "")).toEqual([
      { type: "section", text: { type: "mrkdwn", text: "hi\n<https://e.com/t.png|picture>" } },
      { type: "section", text: { type: "mrkdwn", text: "<https://e.com/i.png|i.png>" } },
    ]);
  });

  it("is not the fault of a layout without pictures", async () => {
    const slack = scriptedSlack({ "chat.postMessage": refused("invalid_blocks") });
    await failureOf(send(slack, command({ richContent: { card: { title: "T" } } })));
    expect(slack.calls).toHaveLength(1);
  });
});

describe("a long message", () => {
  it("is posted in parts, each with its number", async () => {
    const slack = scriptedSlack();
    const { externalIds } = await send(slack, command({ text: long(3) }));
    expect(externalIds).toEqual(["C1:1.1", "C1:2.1", "C1:3.1"]);
    const stamps = slack.calls.map(({ fields }) => JSON.parse(fields["metadata"] ?? "").event_payload);
    expect(stamps.map(({ part, parts }) => [part, parts])).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
  });

  it("continues after the existing parts", async () => {
    const slack = scriptedSlack();
    const { externalIds } = await send(slack, command({ text: long(3) }), {
      attempt: 2,
      alreadySent: ["C1:7.7", "C1:8.8"],
    });
    expect(externalIds).toEqual(["C1:7.7", "C1:8.8", "C1:1.1"]);
    expect(slack.calls.map(({ fields }) => fields["text"]?.[0])).toEqual(["2"]);
  });

  it.each([
    [
      "is throttled",
      answered({}, 429, { "retry-after": "2" }),
      { kind: "throttled", retry: { afterMs: 2_000 } },
    ],
    ["breaks", silence, { kind: "unknown", reason: "timeout" }],
    ["is refused", refused("is_archived"), { kind: "permanent", reason: "forbidden" }],
  ])("that %s half way reports what it posted", async (_, answer, error) => {
    const slack = scriptedSlack({
      "chat.postMessage": ({ fields }) =>
        fields["text"]?.startsWith("2")
          ? answer
          : { ok: true, channel: "C1", ts: `${fields["text"]?.[0]}.5` },
    });
    const failure = await failureOf(send(slack, command({ text: long(3) })));
    expect(failure).toMatchObject({ ...error, sent: { externalIds: ["C1:0.5", "C1:1.5"] } });
  });
});

describe("an answer in a thread", () => {
  it("is posted when the thread is there, which is asked once", async () => {
    const slack = scriptedSlack({ "conversations.replies": threadOf("9.9") });
    const sender = senderOf(slack);
    await sender.send(command(inThread), callUnderTest());
    await sender.send(command(inThread), callUnderTest());
    expect(slack.methods()).toEqual(["conversations.replies", "chat.postMessage", "chat.postMessage"]);
    expect(slack.calls[1]?.fields).toMatchObject({ thread_ts: "9.9" });
  });

  it("needs no lookup if Mio knows the root", async () => {
    const slack = scriptedSlack();
    await send(slack, command({ threadRootMessageId: uuid }), { threadRootExternalId: "C1:9.9" });
    expect(slack.methods()).toEqual(["chat.postMessage"]);
    expect(slack.calls[0]?.fields).toMatchObject({ thread_ts: "9.9" });
  });

  it("to a reply goes to the thread of the reply", async () => {
    const slack = scriptedSlack({
      "conversations.replies": { ok: true, messages: [{ ts: "9.9", thread_ts: "4.4" }] },
    });
    const relation = { kind: MessageRelation_Kind.REPLY, targetExternalId: "C1:9.9" };
    await send(slack, command({ relation }));
    expect(slack.calls[1]?.fields).toMatchObject({ thread_ts: "4.4" });
  });

  it("shows its first part in the channel too, if requested", async () => {
    const slack = scriptedSlack({ "conversations.replies": threadOf("9.9") });
    const attributes = { slack_thread_ts: "9.9", slack_thread_broadcast: "true" };
    await send(slack, command({ attributes, text: long(2) }));
    expect(slack.calls.slice(1).map(({ fields }) => fields["reply_broadcast"])).toEqual(["true", undefined]);
  });

  it.each([
    ["says so", refused("thread_not_found")],
    ["finds nothing", { ok: true, messages: [] }],
  ])("is not posted when there is no such thread and Slack %s", async (_, answer) => {
    const slack = scriptedSlack({ "conversations.replies": answer });
    expect(await failureOf(send(slack, command(inThread)))).toMatchObject({
      kind: "permanent",
      reason: "not_found",
    });
    expect(slack.methods()).toEqual(["conversations.replies"]);
  });

  it("waits when Slack cannot say whether the thread is there", async () => {
    const slack = scriptedSlack({ "conversations.replies": silence });
    expect(await failureOf(send(slack, command(inThread)))).toMatchObject({ kind: "transient" });
    expect(slack.methods()).toEqual(["conversations.replies"]);
  });

  describe.each([
    ["without the scope to look", refused("missing_scope", { needed: "channels:history" })],
    ["with too many questions", answered({}, 429, { "retry-after": "60" })],
  ])("%s", (_, unasked) => {
    const astray = { ok: true, channel: "C1", ts: "1.1", message: { ts: "1.1" } };

    it("is posted and looked at", async () => {
      const slack = scriptedSlack({ "conversations.replies": unasked });
      expect(await send(slack, command(inThread))).toEqual({ externalIds: ["C1:1.1"] });
    });

    it("is deleted if Slack showed it in the channel", async () => {
      const slack = scriptedSlack({ "conversations.replies": unasked, "chat.postMessage": astray });
      const failure = await failureOf(send(slack, command(inThread)));
      expect(failure).toMatchObject({ kind: "permanent", reason: "not_found", sent: { externalIds: [] } });
      expect(slack.calls.at(-1)).toEqual({ method: "chat.delete", fields: { channel: "C1", ts: "1.1" } });
    });

    it("is reported with its place if it cannot be deleted", async () => {
      const script = { "conversations.replies": unasked, "chat.postMessage": astray, "chat.delete": silence };
      const failure = await failureOf(send(scriptedSlack(script), command(inThread)));
      expect(failure).toMatchObject({ kind: "permanent", sent: { externalIds: ["C1:1.1"] } });
    });
  });
});

describe("a message for one person", () => {
  const attributes = { slack_ephemeral_user: "U7" };

  it("is shown to them and has no id", async () => {
    const slack = scriptedSlack();
    expect(await send(slack, command({ attributes }))).toEqual({ externalIds: [] });
    expect(slack.calls[0]).toMatchObject({
      method: "chat.postEphemeral",
      fields: { channel: "C1", user: "U7", text: "hello" },
    });
  });

  it("that breaks after its first part is not repeated", async () => {
    let posts = 0;
    const slack = scriptedSlack({
      "chat.postEphemeral": () => {
        posts += 1;
        return posts === 1 ? { ok: true } : refused("ratelimited");
      },
    });
    const failure = await failureOf(send(slack, command({ attributes, text: long(2) })));
    expect(failure.kind).toBe("unknown");
  });

  it("cannot have files", async () => {
    const attachments = [{ storageKey: "k" }];
    const failure = await failureOf(send(scriptedSlack(), command({ attributes, attachments })));
    expect(failure).toMatchObject({ kind: "permanent", reason: "unsupported" });
  });
});

describe("files", () => {
  const attachments = [{ storageKey: "a/b.pdf" }, { storageKey: "k", filename: "two.txt" }];
  const ticket = { ok: true, upload_url: "https://files.test/up", file_id: "F1" };
  const openAttachment = () =>
    Promise.resolve({ body: ReadableStream.from([new Uint8Array(5)]), bytes: 5, contentType: "text/plain" });

  it("go to Slack before the text, and are shown after it", async () => {
    const http = scriptedHttp({ status: 200 });
    const shares = { private: { C1: [{ ts: "8.8" }] } };
    const slack = scriptedSlack({
      "files.getUploadURLExternal": ticket,
      "files.completeUploadExternal": { ok: true, files: [{ id: "F1", shares }] },
    });
    const sent = await senderOf(slack, http).send(
      command({ attachments }),
      callUnderTest({ openAttachment }),
    );
    expect(sent).toEqual({ externalIds: ["C1:1.1", "C1:8.8#file"] });
    expect(slack.methods()).toEqual([
      "files.getUploadURLExternal",
      "files.getUploadURLExternal",
      "chat.postMessage",
      "files.completeUploadExternal",
    ]);
    expect(slack.calls.map(({ fields }) => fields["filename"])).toEqual([
      "b.pdf",
      "two.txt",
      undefined,
      undefined,
    ]);
    expect(slack.calls.at(-1)?.fields).toMatchObject({ channel_id: "C1" });
    expect(http.requests[0]?.headers).toEqual({ "content-type": "text/plain", "content-length": "5" });
  });

  it("alone are one message, in the thread", async () => {
    const slack = scriptedSlack({
      "files.getUploadURLExternal": ticket,
      "conversations.replies": threadOf("9.9"),
    });
    const sent = await send(slack, command({ ...inThread, text: "", attachments }), { openAttachment });
    expect(sent).toEqual({ externalIds: [] });
    expect(slack.calls.at(-2)).toMatchObject({
      method: "files.completeUploadExternal",
      fields: { thread_ts: "9.9" },
    });
  });

  it.each([
    ["gives no address", { ok: true }, { status: 200 }, "transient"],
    [
      "gives a strange address",
      { ...ticket, upload_url: "http://elsewhere.test" },
      { status: 200 },
      "transient",
    ],
    ["does not take it now", ticket, { status: 503 }, "transient"],
    ["does not answer", ticket, silence, "transient"],
    ["refuses it", ticket, { status: 400 }, "permanent"],
    ["names a host of this network", ticket, { ...silence, refusedAddress: "private" }, "permanent"],
    ["has no room", refused("storage_limit_reached"), { status: 200 }, "permanent"],
  ] as const)("are not half sent when Slack %s", async (_, given, answer, kind) => {
    const slack = scriptedSlack({ "files.getUploadURLExternal": given });
    const call = senderOf(slack, scriptedHttp(answer)).send(
      command({ attachments }),
      callUnderTest({ openAttachment }),
    );
    expect(await failureOf(call)).toMatchObject({ kind, sent: { externalIds: [] } });
    expect(slack.methods()).not.toContain("chat.postMessage");
  });

  it.each([
    ["returns it", { ok: true, file: { shares: { public: { C1: [{ ts: "8.8" }] } } } }, ["C1:8.8"]],
    ["does not know yet", { ok: true, file: { shares: {} } }, []],
    ["does not say", silence, []],
  ])("are known by the message that Slack %s", async (_, info, externalIds) => {
    const slack = scriptedSlack({ "files.getUploadURLExternal": ticket, "files.info": info });
    const sent = await send(slack, command({ text: "", attachments }), { openAttachment });
    expect(sent).toEqual({ externalIds });
  });

  it("that are too many for one message are refused before any of them", async () => {
    const many = Array.from({ length: 11 }, (_, at) => ({ storageKey: `k/${at}` }));
    const failure = await failureOf(
      send(scriptedSlack(), command({ attachments: many }), { openAttachment }),
    );
    expect(failure).toMatchObject({ kind: "permanent", reason: "too_long" });
  });

  it("that Mio no longer stores fail the message", async () => {
    expect(await failureOf(send(scriptedSlack(), command({ attachments })))).toMatchObject({
      reason: "invalid",
    });
  });

  it("of unknown fate do not affect the fate of the text", async () => {
    const slack = scriptedSlack({
      "files.getUploadURLExternal": ticket,
      "files.completeUploadExternal": silence,
    });
    const failure = await failureOf(send(slack, command({ attachments }), { openAttachment }));
    expect(failure).toMatchObject({ kind: "unknown", sent: { externalIds: ["C1:1.1"] } });
  });

  it("that exist are not sent again", async () => {
    const slack = scriptedSlack();
    const alreadySent = ["C1:1.1", "C1:2.2"];
    expect(await send(slack, command({ attachments }), { alreadySent })).toEqual({
      externalIds: alreadySent,
    });
    expect(slack.calls).toEqual([]);
  });
});

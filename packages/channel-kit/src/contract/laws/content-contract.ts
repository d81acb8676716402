import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { toMioError } from "@mio/failure";
import {
  type Attachment,
  Attachment_Kind,
  AttachmentSchema,
  RichButtonAction_Kind,
  type RichButtonSchema,
} from "@mio/proto";
import { describe, expect, it } from "vitest";
import { callUnderTest } from "../under-test/call-under-test.ts";
import { numberedWords, wordsOf } from "../under-test/numbered-words.ts";
import { anAnswer, failureOf, play, type SendingChannel } from "../under-test/playing.ts";

const kinds = {
  image: Attachment_Kind.IMAGE,
  file: Attachment_Kind.FILE,
  audio: Attachment_Kind.AUDIO,
  video: Attachment_Kind.VIDEO,
  link: Attachment_Kind.LINK,
} as const;
const kindNames = ["image", "file", "audio", "video", "link"] as const;

const cannotWork = { kind: "permanent", reason: "unsupported" };

/** Content that fits is sent whole. Content that does not fit is rejected whole. */
export function contentContract(subject: SendingChannel): void {
  const { maxTextBytes, allowedAttachments } = subject.channel.capabilities;

  describe("a text", () => {
    it("at the limit is one post", async () => {
      const text = numberedWords(maxTextBytes);
      await using platform = await play(subject);
      await platform.sender.send(anAnswer(subject, { text }), callUnderTest());
      expect(platform.posts()).toHaveLength(1);
      expect(wordsOf(platform.posts())).toEqual(wordsOf([{ text }]));
    });

    it("over the limit is sent in parts with nothing lost, or refused before any call", async () => {
      const text = numberedWords(2 * maxTextBytes + 1);
      await using platform = await play(subject);
      const call = platform.sender.send(anAnswer(subject, { text }), callUnderTest());
      const isSent = await call.then(
        () => true,
        () => false,
      );
      if (isSent) {
        expect(platform.posts().length).toBeGreaterThan(1);
        expect(wordsOf(platform.posts())).toEqual(wordsOf([{ text }]));
      } else {
        expect(await failureOf(call)).toMatchObject({ kind: "permanent", reason: "too_long" });
        expect(platform.posts()).toEqual([]);
      }
    });

    it.each(["", " \n\t"])("of %j with nothing beside it is refused without any post", async (text) => {
      await using platform = await play(subject);
      const error = await failureOf(platform.sender.send(anAnswer(subject, { text }), callUnderTest()));
      expect(error).toMatchObject({ kind: "permanent", reason: "invalid" });
      expect(platform.posts()).toEqual([]);
    });
  });

  describe("a card", () => {
    const sendWith = async (button: MessageInitShape<typeof RichButtonSchema>) => {
      await using platform = await play(subject);
      const command = anAnswer(subject, { text: "go?", richContent: { buttons: [button] } });
      const error = await platform.sender.send(command, callUnderTest()).then(() => undefined, toMioError);
      return { error, posts: platform.posts().length };
    };

    it.each([
      ["only a key", { label: "Yes", key: "yes" }],
      ["an action of no kind", { label: "Yes", key: "yes", action: { url: "https://example.com" } }],
      ["no label", { action: { kind: RichButtonAction_Kind.OPEN_URL, url: "https://example.com" } }],
    ])("with a button that has %s is refused, and nothing is posted", async (_, button) => {
      expect(await sendWith(button)).toMatchObject({ error: cannotWork, posts: 0 });
    });

    it.each([
      ["opens an address", { kind: RichButtonAction_Kind.OPEN_URL, url: "https://example.com" }],
      ["copies", { kind: RichButtonAction_Kind.COPY, text: "npm install" }],
      ["calls a function", { kind: RichButtonAction_Kind.INVOKE_FUNCTION, functionName: "deploy" }],
    ])("with a button that %s is shown, or refused and nothing is posted", async (_, action) => {
      const { error, posts } = await sendWith({ label: "Go", action });
      if (error === undefined) expect(posts).toBeGreaterThan(0);
      else expect({ error, posts }).toMatchObject({ error: cannotWork, posts: 0 });
    });
  });

  it.each(kindNames)("takes a lone attachment of kind %s exactly when it says so", async (kind) => {
    await using platform = await play(subject);
    const command = anAnswer(subject, { attachments: [attachment(kind)] });
    const call = platform.sender.send(command, callUnderTest({ openAttachment: async () => keptFile() }));
    if (allowedAttachments.includes(kind)) await call;
    else expect(await failureOf(call)).toMatchObject({ kind: "permanent", reason: "unsupported" });
  });
}

function attachment(kind: (typeof kindNames)[number]): Attachment {
  const where = kind === "link" ? { url: "https://example.com/report" } : { storageKey: "kept/report" };
  return create(AttachmentSchema, { kind: kinds[kind], filename: "report", mime: "text/plain", ...where });
}

function keptFile() {
  const bytes = new TextEncoder().encode("report");
  return { body: ReadableStream.from([bytes]), bytes: bytes.length, contentType: "text/plain" };
}

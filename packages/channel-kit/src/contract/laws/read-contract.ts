import { inspect } from "node:util";
import { create, equals, fromBinary, toBinary } from "@bufbuild/protobuf";
import { MioError } from "@mio/failure";
import { ConversationKind, MessageRelation_Kind, MessageSchema } from "@mio/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { replyAttributesKey } from "../../attribute-keys.ts";
import type { InboundDraft, InboundEvent, WebhookInbound } from "../../inbound/inbound.ts";
import { trustUnsigned } from "../../inbound/verified.ts";
import { bytesOf, type ChannelUnderTest, receivedAt } from "../under-test/channel-under-test.ts";

const maxIdBytes = 1024;

export function readContract(webhook: WebhookInbound, { channel, samples }: ChannelUnderTest): void {
  const read = (text: string): InboundEvent => webhook.read(bytesOf(text), receivedAt);

  describe("read", () => {
    it("returns or throws channel.unparseable for any bytes", () => {
      fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => isTotal(webhook, bytes)));
    });

    it("returns or throws channel.unparseable for any JSON and for samples with any part replaced", () => {
      const documents = Object.values({ ...samples.messages, ...samples.own }).flatMap(parsed);
      const mutated = fc
        .tuple(fc.constantFrom(...documents), fc.infiniteStream(fc.nat()), fc.jsonValue())
        .map(([document, choices, value]) => replaceSomewhere(document, choices, value));
      const any = fc.oneof(
        fc.json(),
        mutated.map((value) => JSON.stringify(value)),
      );
      fc.assert(
        fc.property(any, (text) => isTotal(webhook, bytesOf(text))),
        { numRuns: 500 },
      );
    });

    it("quotes nothing of what it refuses, which may be a person's words", () => {
      const words = "private words";
      for (const broken of [`{"text":"${words}`, words, `["${words}"]`, `"${words}"`]) {
        const outcome = outcomeOf(webhook, bytesOf(broken));
        if (outcome instanceof Error) expect(inspect(outcome, { depth: 12 })).not.toContain(words);
      }
    });

    it.each(Object.entries(samples.messages))(
      "drafts %s completely and leaves the ids to the ledger",
      (_, text) => {
        const event = read(text);
        expect(event.kind).toBe("message");
        if (event.kind === "message") expectDraft(event.draft, channel.channelType);
      },
    );

    it.each(Object.entries(samples.messages))("reads %s the same way twice", (_, text) => {
      expect(read(text)).toEqual(read(text));
    });

    it.each(Object.entries(samples.own))("never takes %s for a person's message", (_, text) => {
      const event = read(text);
      if (event.kind === "message") expect(event.draft.message.sender?.isBot).toBe(true);
      else expect(event.kind).toBe("ignored");
    });

    it("is tried with what our own bot says", () => {
      expect(Object.keys(samples.own)).not.toEqual([]);
    });

    it.each(Object.entries(samples.handshakes ?? {}))("answers %s with more than nothing", (_, text) => {
      const event = read(text);
      expect(event.kind).toBe("handshake");
      if (event.kind === "handshake") expect(event.reply.body).not.toBe("");
    });

    it.each(Object.entries(samples.ignored ?? {}))("ignores %s with a reason fit for a label", (_, text) => {
      const event = read(text);
      expect(event.kind).toBe("ignored");
      if (event.kind === "ignored") expect(event.reason).toMatch(/^[a-z_]+$/);
    });
  });
}

/** A document to mutate; empty for a platform whose bodies are not JSON. */
function parsed(text: string): readonly unknown[] {
  try {
    return [JSON.parse(text)];
  } catch {
    return [];
  }
}

function expectDraft({ message, containerKind }: InboundDraft, channelType: string): void {
  expect(message).toMatchObject({ schemaVersion: 1, channelType, id: "", tenantId: "", accountId: "" });
  expect(message).toMatchObject({ conversationId: "", threadRootMessageId: "", parentConversationId: "" });
  expect(message.relation?.targetMessageId ?? "").toBe("");
  expect(message.receivedAt?.seconds).toBe(BigInt(receivedAt.getTime() / 1000));
  expect(containerKind, "a thread is an event's kind, never a conversation's").not.toBe(
    ConversationKind.THREAD,
  );
  // A deletion may contain neither who deleted nor whose message it was.
  const isDeletion = message.relation?.kind === MessageRelation_Kind.DELETE;
  const sender = message.sender?.externalId ?? "";
  const ids = [message.sourceMessageId, message.conversationExternalId];
  for (const id of isDeletion && sender === "" ? ids : [...ids, sender]) {
    expect(id).not.toBe("");
    expect(Buffer.byteLength(id)).toBeLessThanOrEqual(maxIdBytes);
  }
  for (const key of (message.attributes[replyAttributesKey] ?? "").split(",").filter(Boolean)) {
    expect(message.attributes[key], `answers must carry ${key}`).toBeTruthy();
  }
  const wire = toBinary(MessageSchema, create(MessageSchema, message));
  expect(equals(MessageSchema, fromBinary(MessageSchema, wire), message)).toBe(true);
}

/** Reads twice: both results are the same event or the same MioError. */
function isTotal(webhook: WebhookInbound, bytes: Uint8Array): void {
  expect(outcomeOf(webhook, bytes)).toEqual(outcomeOf(webhook, bytes));
}

function outcomeOf(webhook: WebhookInbound, bytes: Uint8Array): unknown {
  try {
    return webhook.read(trustUnsigned(bytes), receivedAt);
  } catch (error) {
    expect(error).toBeInstanceOf(MioError);
    expect(error).toMatchObject({ code: "channel.unparseable", retry: "never" });
    return error;
  }
}

/** Follows the choices down a document and replaces what is there with `value`. */
function replaceSomewhere(node: unknown, choices: Iterator<number>, value: unknown): unknown {
  if (typeof node !== "object" || node === null) return value;
  const entries = Object.entries(node);
  const choice = choices.next();
  const at = choice.done === true ? 0 : choice.value % (entries.length + 1);
  const picked = entries[at];
  if (picked === undefined) return value;
  const child = replaceSomewhere(picked[1], choices, value);
  return Array.isArray(node) ? node.with(at, child) : { ...node, [picked[0]]: child };
}

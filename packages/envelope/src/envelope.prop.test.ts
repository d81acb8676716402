import { create, fromJson, toJson } from "@bufbuild/protobuf";
import {
  Attachment_ErrorCode,
  Attachment_Kind,
  ConversationKind,
  type Message,
  MessageRelation_Kind,
  MessageRelationSchema,
  MessageSchema,
} from "@mio/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeCommand, decodeMessage, decodeReceipt, encodeMessage } from "./codec.ts";
import { completeEnvelope } from "./complete-envelope.ts";
import { shortenEnvelope } from "./fit-envelope.ts";
import {
  defaultMaxEnvelopeBytes,
  isIdentity,
  maxIdBytes,
  sanitizeDraft,
  sanitizeId,
} from "./sanitize-draft.ts";

/** Messages whose strings come from `text`. */
function messages(text: fc.Arbitrary<string>): fc.Arbitrary<Message> {
  const key = text.filter((name) => name !== "__proto__");
  const sender = fc.record({ externalId: text, displayName: text, isBot: fc.boolean() });
  const relation = fc.record({
    kind: fc.constantFrom(...Object.values(MessageRelation_Kind)),
    targetMessageId: text,
    targetExternalId: text,
    reactionEmoji: text,
  });
  const attachment = fc.record({
    kind: fc.constantFrom(...Object.values(Attachment_Kind)),
    url: text,
    mime: text,
    bytes: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    filename: text,
    storageKey: text,
    contentSha256: text,
    errorCode: fc.constantFrom(...Object.values(Attachment_ErrorCode)),
  });
  const fields = {
    id: text,
    schemaVersion: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    tenantId: text,
    accountId: text,
    channelType: text,
    conversationId: text,
    conversationExternalId: text,
    conversationKind: fc.constantFrom(...Object.values(ConversationKind)),
    parentConversationId: text,
    sourceMessageId: text,
    threadRootMessageId: text,
    sender,
    text,
    attachments: fc.array(attachment, { maxLength: 4 }),
    receivedAt: fc.record({
      seconds: fc.bigInt(0n, 253_402_300_799n),
      nanos: fc.integer({ min: 0, max: 999_999_999 }),
    }),
    attributes: fc.dictionary(key, text, { maxKeys: 5 }),
    relation,
  };
  return fc.record(fields, { requiredKeys: [] }).map((init) => create(MessageSchema, init));
}

const wellFormed = fc.string({ unit: "binary", maxLength: 40 });
/** NULs and lone surrogates included. */
const anyUnits = fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units));
const huge = fc
  .tuple(fc.constantFrom("a", "é", "🌍", "\0", "\ud800x"), fc.integer({ min: 0, max: 40_000 }))
  .map(([unit, times]) => unit.repeat(times));

const strings = (value: unknown): string[] => {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...strings(inner)]);
};

describe("the codec", () => {
  it("round-trips in binary and in JSON", () => {
    fc.assert(
      fc.property(messages(wellFormed), (message) => {
        expect(decodeMessage(encodeMessage(message))).toEqual(message);
        expect(fromJson(MessageSchema, toJson(MessageSchema, message))).toEqual(message);
      }),
    );
  });

  it("decodes arbitrary bytes or throws its own error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        for (const decode of [decodeMessage, decodeCommand, decodeReceipt]) {
          try {
            decode(bytes);
          } catch (error) {
            expect(error).toMatchObject({ code: "envelope.undecodable", retry: "never" });
          }
        }
      }),
    );
  });
});

describe("completeEnvelope", () => {
  const ids = { id: fc.uuid(), tenantId: fc.uuid(), accountId: fc.uuid(), conversationId: fc.uuid() };

  it("sets the ids of any draft and nothing else", () => {
    fc.assert(
      fc.property(messages(wellFormed), fc.record(ids), (draft, given) => {
        expect(decodeMessage(completeEnvelope(encodeMessage(draft), given))).toEqual({ ...draft, ...given });
      }),
    );
  });

  it("fills the kind of the conversation only where the draft has none", () => {
    const kinds = fc.constantFrom(...Object.values(ConversationKind));
    fc.assert(
      fc.property(messages(wellFormed), fc.record(ids), kinds, (draft, given, conversationKind) => {
        const complete = decodeMessage(
          completeEnvelope(encodeMessage(draft), { ...given, conversationKind }),
        );
        expect(complete.conversationKind).toBe(draft.conversationKind || conversationKind);
      }),
    );
  });

  it("merges thread root and relation target into what is there", () => {
    fc.assert(
      fc.property(messages(wellFormed), fc.record(ids), fc.uuid(), (draft, given, target) => {
        const all = { ...given, threadRootMessageId: target, relationTargetMessageId: target };
        const before = draft.relation ?? create(MessageRelationSchema);
        const relation = { ...before, targetMessageId: target };
        const expected = { ...draft, ...given, threadRootMessageId: target, relation };
        expect(decodeMessage(completeEnvelope(encodeMessage(draft), all))).toEqual(expected);
      }),
    );
  });
});

describe("sanitizeDraft", () => {
  const options = { maxEnvelopeBytes: 32 * 1024 };
  const any = fc.oneof(messages(anyUnits), messages(huge));

  it("leaves no NUL and no lone surrogate anywhere", () => {
    fc.assert(
      fc.property(messages(anyUnits), (message) => {
        for (const text of strings(sanitizeDraft(message))) {
          expect(text.includes("\0")).toBe(false);
          expect(text.isWellFormed()).toBe(true);
        }
      }),
    );
  });

  it("never exceeds the limit, also with the ids that follow", () => {
    const id = "0190a8f2-0000-7000-8000-000000000001";
    const ids = { id, tenantId: id, accountId: id, conversationId: id, threadRootMessageId: id };
    fc.assert(
      fc.property(any, (message) => {
        const bytes = encodeMessage(sanitizeDraft(message, options));
        const whole = completeEnvelope(bytes, { ...ids, relationTargetMessageId: id });
        expect(whole.length).toBeLessThanOrEqual(options.maxEnvelopeBytes);
      }),
      { numRuns: 60 },
    );
  });

  it("changes nothing the second time", () => {
    fc.assert(
      fc.property(any, (message) => {
        const once = sanitizeDraft(message, options);
        expect(sanitizeDraft(once, options)).toEqual(once);
      }),
      { numRuns: 60 },
    );
  });

  it("keeps what needs no change", () => {
    const plain = wellFormed.map((text) => text.replaceAll("\0", ""));
    fc.assert(
      fc.property(messages(plain), (message) => {
        expect(sanitizeDraft(message)).toEqual(message);
      }),
    );
  });

  it("keeps distinct ids distinct and equal ones equal when they are cut", () => {
    const long = "i".repeat(2_000);
    const of = (id: string): string =>
      sanitizeDraft(create(MessageSchema, { sourceMessageId: id })).sourceMessageId;
    expect(of(`${long}a`)).not.toBe(of(`${long}b`));
    expect(of(`${long}a`)).toBe(of(`${long}a`));
    expect(Buffer.byteLength(of("é".repeat(1_000)))).toBeLessThanOrEqual(maxIdBytes);
    expect(of("i".repeat(maxIdBytes))).toBe("i".repeat(maxIdBytes));
  });

  it("keeps ids apart that differ only in what is cleaned, and empties none", () => {
    const dirty = fc
      .array(fc.constantFrom("\0", "\ud800", "\udc00", "\ufffd", "a", "~", "7"), { maxLength: 4 })
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(dirty, dirty, (one, other) => {
        expect(sanitizeId(one) === sanitizeId(other)).toBe(one === other);
        expect(sanitizeId(one) === "").toBe(one === "");
        expect(sanitizeId(sanitizeId(one))).toBe(sanitizeId(one));
      }),
      { numRuns: 500 },
    );
  });

  it("accepts as an identity only text that cleaning keeps", () => {
    fc.assert(
      fc.property(fc.oneof(anyUnits, wellFormed), (id) => {
        expect(isIdentity(id)).toBe(id !== "" && !id.includes("\0") && id.isWellFormed());
      }),
    );
    expect(["", "\0", "7\0", "\ud800"].map(isIdentity)).toEqual([false, false, false, false]);
    expect(["7", "1777%20137", " "].map(isIdentity)).toEqual([true, true, true]);
  });

  it("leaves no NUL in the JSON text of an attribute, and changes nothing else of it", () => {
    fc.assert(
      fc.property(fc.jsonValue(), anyUnits, (value, text) => {
        const clean = (json: string): string =>
          sanitizeDraft(create(MessageSchema, { attributes: { json } })).attributes["json"] ?? "";
        const json = JSON.stringify([value, text.toWellFormed(), "\\u0000"]);
        expect(JSON.parse(clean(json))).toEqual(
          JSON.parse(json, (_key, inner) =>
            typeof inner === "string" ? inner.replaceAll("\0", "\ufffd") : inner,
          ),
        );
      }),
    );
  });

  it("cuts the text first, at a character, and says so", () => {
    const attributes = { cliq_channel_name: "general" };
    const message = create(MessageSchema, { text: "🌍".repeat(300_000), attributes });
    const cut = sanitizeDraft(message);
    expect(cut.attributes).toEqual({ ...attributes, mio_truncated: "true" });
    expect(cut.text).toMatch(/^(🌍)+$/u);
    expect(cut.text.length).toBeGreaterThan(400_000);
    expect(encodeMessage(cut).length).toBeLessThanOrEqual(defaultMaxEnvelopeBytes);
    expect(message.text.length).toBe(600_000);
  });

  it("drops long attributes before attachments, and keeps the mark", () => {
    const values = Array.from({ length: 70 }, (_, index) => [`k${index}`, "v".repeat(16_000)]);
    const attributes = { ...Object.fromEntries(values), short: "s" };
    const cut = sanitizeDraft(
      create(MessageSchema, { attributes, attachments: [{ url: "https://a.example" }] }),
    );
    expect(cut.attachments).toHaveLength(1);
    expect(cut.attributes["short"]).toBe("s");
    expect(cut.attributes["mio_truncated"]).toBe("true");
    expect(Object.keys(cut.attributes).length).toBeLessThan(60);
  });

  it("empties an address that is too long rather than cutting it", () => {
    const url = `https://a.example/${"x".repeat(9_000)}`;
    expect(sanitizeDraft(create(MessageSchema, { attachments: [{ url }] })).attachments[0]?.url).toBe("");
  });

  it("refuses a limit that could not be kept", () => {
    expect(() => sanitizeDraft(create(MessageSchema), { maxEnvelopeBytes: 1_000 })).toThrow(RangeError);
  });
});

describe("shortenEnvelope", () => {
  const message = create(MessageSchema, {
    id: "m1",
    sourceMessageId: "s1",
    text: "x".repeat(5_000),
    attributes: { long: "y".repeat(500) },
    attachments: [{ url: `https://a.example/${"z".repeat(500)}` }],
  });
  const shorten = (maxBytes: number) => shortenEnvelope(encodeMessage(message), maxBytes);

  it("keeps text that fits", () => {
    expect(decodeMessage(shorten(10_000))).toEqual(message);
  });

  it.each([3_000, 1_000, 100])("keeps what fits into %i bytes, the ids always, and says so", (maxBytes) => {
    const shorter = shorten(maxBytes);
    expect(shorter.length).toBeLessThanOrEqual(maxBytes);
    expect(decodeMessage(shorter)).toMatchObject({
      id: "m1",
      sourceMessageId: "s1",
      attributes: { mio_truncated: "true" },
    });
  });

  it("is empty where not even the ids fit", () => {
    expect(shorten(10)).toEqual(new Uint8Array());
  });
});

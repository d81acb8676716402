import { readFileSync } from "node:fs";
import { create, fromBinary, fromJson, toBinary, toJson } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { describe, expect, it } from "vitest";
import * as admin from "./admin.ts";
import * as front from "./index.ts";
import {
  ConversationKind,
  type Message,
  MessageRelation_Kind,
  MessageSchema,
  SendCommandSchema,
} from "./index.ts";

const sample: Message = create(MessageSchema, {
  id: "0190a8f2-0000-7000-8000-000000000001",
  schemaVersion: 1,
  channelType: "zoho_cliq",
  conversationKind: ConversationKind.CHANNEL_PUBLIC,
  sender: { externalId: "u1", displayName: "Ada", isBot: false },
  text: "héllo 🌍",
  attachments: [{ url: "https://files.example/a", bytes: 9_007_199_254_740_993n }],
  receivedAt: { seconds: 1_790_000_000n, nanos: 5_000_000 },
  attributes: { cliq_channel_name: "general" },
  relation: { kind: MessageRelation_Kind.EDIT, targetExternalId: "1_2" },
});

describe("the envelope", () => {
  it("survives binary", () => {
    expect(fromBinary(MessageSchema, toBinary(MessageSchema, sample))).toEqual(sample);
  });

  it("survives JSON, with names as in the contract", () => {
    const json = toJson(MessageSchema, sample, { useProtoFieldName: true });
    expect(json).toMatchObject({ schema_version: 1, conversation_kind: "CONVERSATION_KIND_CHANNEL_PUBLIC" });
    expect(fromJson(MessageSchema, json)).toEqual(sample);
  });

  it("tolerates and keeps fields of a newer contract", () => {
    const newer = new BinaryWriter().raw(toBinary(MessageSchema, sample));
    const bytes = newer
      .tag(18, WireType.Varint)
      .uint32(7)
      .tag(900, WireType.LengthDelimited)
      .string("x")
      .finish();
    const decoded = fromBinary(MessageSchema, bytes);
    expect(decoded.text).toBe(sample.text);
    expect(decoded.$unknown?.map((field) => field.no)).toEqual([18, 900]);
    expect(toBinary(MessageSchema, decoded)).toEqual(bytes);
  });
});

// New fields get new numbers; existing fields keep theirs.
describe("field numbers", () => {
  const numbers = (schema: { fields: readonly { name: string; number: number }[] }): Record<string, number> =>
    Object.fromEntries(schema.fields.map((field) => [field.name, field.number]));

  it("of Message are the frozen ones", () => {
    expect(numbers(MessageSchema)).toEqual({
      id: 1,
      schema_version: 2,
      tenant_id: 3,
      account_id: 4,
      channel_type: 5,
      conversation_id: 6,
      conversation_external_id: 7,
      conversation_kind: 8,
      parent_conversation_id: 9,
      source_message_id: 10,
      thread_root_message_id: 11,
      sender: 12,
      text: 13,
      attachments: 14,
      received_at: 15,
      attributes: 16,
      relation: 17,
    });
  });

  it("of SendCommand are the frozen ones", () => {
    expect(numbers(SendCommandSchema)).toEqual({
      id: 1,
      schema_version: 2,
      tenant_id: 3,
      account_id: 4,
      channel_type: 5,
      conversation_id: 6,
      conversation_external_id: 7,
      parent_conversation_id: 8,
      thread_root_message_id: 9,
      text: 10,
      attachments: 11,
      edit_of_message_id: 12,
      edit_of_external_id: 13,
      attributes: 14,
      relation: 15,
      rich_content: 16,
      send_at: 17,
      stage: 18,
      edit_fallback: 19,
      allow_broadcast: 20,
    });
  });

  it("of DeliveryReceipt are the frozen ones", () => {
    expect(Object.values(numbers(front.DeliveryReceiptSchema))).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
    ]);
  });
});

describe("the front doors", () => {
  const generated = (path: string): string[] => {
    const text = readFileSync(new URL(`../gen/${path}_pb.ts`, import.meta.url), "utf8");
    return [...text.matchAll(/^export const (\w+)/gm)].flatMap(([, name]) => name ?? []);
  };
  const files =
    "attachment capabilities delivery_receipt enums message presence relation rich_content send_command sender";

  it("of mio.v1 re-exports every generated name", () => {
    const names = files.split(" ").flatMap((file) => generated(`mio/v1/${file}`));
    expect(names.filter((name) => !name.startsWith("file_") && !(name in front))).toEqual([]);
  });

  it("of mio.admin.v1 re-exports every generated name", () => {
    const names = generated("mio/admin/v1/admin");
    expect(names.filter((name) => !name.startsWith("file_") && !(name in admin))).toEqual([]);
  });

  it("of mio.admin.v1 keeps the REST paths", () => {
    expect(admin.AdminService.methods).toHaveLength(16);
    expect(admin.AdminService.method.tailMessages.methodKind).toBe("server_streaming");
  });
});

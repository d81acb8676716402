import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { MessageSchema, SendCommandSchema } from "@mio/proto";
import { describe, expect, it } from "vitest";
import { assertCommand, assertMessage, checkCommand, checkMessage } from "./check.ts";

const address = {
  schemaVersion: 1,
  tenantId: "t1",
  accountId: "a1",
  channelType: "zoho_cliq",
  conversationId: "c1",
};
const message = { ...address, id: "m1", sourceMessageId: "s1" };
const command = { ...address, id: "cmd1" };

describe("checkMessage", () => {
  it("passes a complete message", () => {
    expect(checkMessage(create(MessageSchema, message))).toEqual([]);
    expect(() => assertMessage(create(MessageSchema, message))).not.toThrow();
  });

  it.each([
    ["id", { id: "" }],
    ["source_message_id", { sourceMessageId: "" }],
    ["schema_version", { schemaVersion: 2 }],
    ["schema_version", { schemaVersion: 0 }],
    ["tenant_id", { tenantId: "" }],
    ["account_id", { accountId: "" }],
    ["account_id", { accountId: "a.b" }],
    ["channel_type", { channelType: "" }],
    ["channel_type", { channelType: "telegram" }],
    ["conversation_id", { conversationId: "" }],
    ["conversation_id", { conversationId: "c>" }],
  ])("reports %s for %j", (field, wrong) => {
    const problems = checkMessage(create(MessageSchema, { ...message, ...wrong }));
    expect(problems.map((problem) => problem.field)).toEqual([field]);
  });
});

describe("checkCommand", () => {
  it("passes a complete command, with and without an edit", () => {
    expect(checkCommand(create(SendCommandSchema, command))).toEqual([]);
    expect(checkCommand(create(SendCommandSchema, { ...command, editOfMessageId: "c0" }))).toEqual([]);
  });

  it.each([
    ["id", { id: "" }],
    ["id", { id: "a\r\nb" }],
    ["edit_of_message_id", { editOfMessageId: "a.b" }],
    ["schema_version", { schemaVersion: 2 }],
    ["channel_type", { channelType: "matrix" }],
  ])("reports %s for %j", (field, wrong) => {
    const problems = checkCommand(create(SendCommandSchema, { ...command, ...wrong }));
    expect(problems.map((problem) => problem.field)).toEqual([field]);
  });

  const ids: readonly (readonly [string, (id: string) => MessageInitShape<typeof SendCommandSchema>])[] = [
    ["id", (id) => ({ id })],
    ["tenant_id", (tenantId) => ({ tenantId })],
    ["conversation_external_id", (conversationExternalId) => ({ conversationExternalId })],
    ["parent_conversation_id", (parentConversationId) => ({ parentConversationId })],
    ["thread_root_message_id", (threadRootMessageId) => ({ threadRootMessageId })],
    ["edit_of_external_id", (editOfExternalId) => ({ editOfExternalId })],
    ["relation.target_message_id", (targetMessageId) => ({ relation: { targetMessageId } })],
    ["relation.target_external_id", (targetExternalId) => ({ relation: { targetExternalId } })],
    ["relation.reaction_emoji", (reactionEmoji) => ({ relation: { reactionEmoji } })],
    ["attributes.replaces_send_id", (id) => ({ attributes: { replaces_send_id: id } })],
  ];

  it.each(ids)("bounds %s, and lets no control character into it", (field, fieldsWith) => {
    const fieldsOf = (id: string) =>
      checkCommand(create(SendCommandSchema, { ...command, ...fieldsWith(id) })).map((found) => found.field);
    expect(fieldsOf("x".repeat(1_024))).toEqual([]);
    expect(new Set(fieldsOf("x".repeat(1_025)))).toEqual(new Set([field]));
    for (const wrong of ["a\u0000b", "a\nb", "a\u007fb"])
      expect(new Set(fieldsOf(wrong))).toEqual(new Set([field]));
  });

  it.each([
    ["account_id", (accountId: string) => ({ accountId })],
    ["conversation_id", (conversationId: string) => ({ conversationId })],
    ["edit_of_message_id", (editOfMessageId: string) => ({ editOfMessageId })],
  ])("bounds %s, a part of subjects", (field, fieldsWith) => {
    const problemsOf = (id: string) =>
      checkCommand(create(SendCommandSchema, { ...command, ...fieldsWith(id) }));
    expect(problemsOf("x".repeat(512))).toEqual([]);
    expect(problemsOf("x".repeat(513))).toMatchObject([{ field }]);
  });

  it("counts bytes, not characters", () => {
    const fields = { ...command, conversationExternalId: "é".repeat(513) };
    expect(checkCommand(create(SendCommandSchema, fields))).toHaveLength(1);
  });

  it.each([
    ["too early", -62_135_596_801n, 0],
    ["too late", 253_402_300_800n, 0],
    ["with too many nanoseconds", 0n, 1_000_000_000],
    ["with negative nanoseconds", 0n, -1],
  ])("reports a send_at %s", (_how, seconds, nanos) => {
    const sendAt = { seconds, nanos };
    expect(checkCommand(create(SendCommandSchema, { ...command, sendAt }))).toMatchObject([
      { field: "send_at" },
    ]);
  });

  it.each([[-62_135_596_800n], [253_402_300_799n]])("passes a send_at of %s seconds", (seconds) => {
    const sendAt = { seconds, nanos: 999_999_999 };
    expect(checkCommand(create(SendCommandSchema, { ...command, sendAt }))).toEqual([]);
  });

  it("throws all problems at once, without values", () => {
    const broken = create(SendCommandSchema, { text: "hush", accountId: "hush.hush" });
    expect(() => assertCommand(broken)).toThrow(
      expect.objectContaining({
        code: "envelope.invalid",
        retry: "never",
        details: { fields: "schema_version,tenant_id,account_id,channel_type,conversation_id,id" },
        message: expect.not.stringContaining("hush"),
      }),
    );
  });
});

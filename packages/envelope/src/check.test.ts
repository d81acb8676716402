import { create } from "@bufbuild/protobuf";
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

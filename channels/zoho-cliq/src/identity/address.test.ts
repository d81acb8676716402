import { describe, expect, it } from "vitest";
import { conversationAddress } from "./address.ts";

const general = { cliq_channel_name: "general" };

describe("where attributes say that a conversation is", () => {
  it.each<[string, Record<string, string>, string]>([
    ["CT_1", general, "channel:general"],
    ["CT_1-B2", { cliq_user_id: "7" }, "user:7"],
    ["CT_1", { ...general, cliq_user_id: "7" }, "channel:general"],
    ["", general, "channel:general"],
    ["CT_1", {}, ""],
    ["CT_1", { cliq_channel_name: "" }, ""],
    ["CT_1_2-T-3", general, ""],
  ])("%s with %j: %j", (conversationExternalId, attributes, address) => {
    expect(conversationAddress({ conversationExternalId, attributes })).toBe(address);
  });
});

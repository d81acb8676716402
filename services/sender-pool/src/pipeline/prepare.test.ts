import type { Capabilities } from "@mio/channel-kit";
import type { Account } from "@mio/store";
import { aCommand } from "@mio/testkit";
import { describe, expect, it } from "vitest";
import type { SendingChannel } from "../accounts/open-channels.ts";
import { rateLimitOf } from "./prepare.ts";

const account: Account = {
  id: "acc",
  tenantId: "ten",
  channelType: "slack",
  externalId: "T1",
  displayName: "",
  attributes: {},
  disabled: false,
  pending: false,
  rateLimitPerSecond: undefined,
  rateLimitScope: undefined,
};
const anyCapabilities: Capabilities = {
  supportsEdit: true,
  supportsDelete: false,
  supportsReactions: false,
  supportsThreads: false,
  supportsTyping: false,
  supportsPresence: false,
  allowedAttachments: [],
  maxTextBytes: 4_000,
  rateLimitPerSecond: 1,
  rateLimitScope: "account",
  authKind: "bot_token",
  editWindowSeconds: 0,
  deleteWindowSeconds: 0,
};
const channel = (rateLimitScope: "account" | "conversation"): SendingChannel => ({
  channelType: "slack",
  capabilities: { ...anyCapabilities, rateLimitPerSecond: 4, rateLimitScope },
  conversationAddress: undefined,
  outbound: undefined,
  notes: [],
});
const command = aCommand({ conversationId: "conv", conversationExternalId: "C1" });

describe("rateLimitOf", () => {
  it("counts what the channel counts", () => {
    expect(rateLimitOf(command, { account, channel: channel("account") })).toEqual({
      key: "acc",
      perSecond: 4,
    });
    expect(rateLimitOf(command, { account, channel: channel("conversation") }).key).toBe("acc/C1");
  });

  it("lets the account override rate and scope, and takes 0 for no override", () => {
    const own = { ...account, rateLimitPerSecond: 9, rateLimitScope: "account" };
    expect(rateLimitOf(command, { account: own, channel: channel("conversation") })).toEqual({
      key: "acc",
      perSecond: 9,
    });
    const none = { ...account, rateLimitPerSecond: 0 };
    expect(rateLimitOf(command, { account: none, channel: channel("account") }).perSecond).toBe(4);
  });
});

import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { Capabilities } from "./capabilities.ts";
import { type Channel, defineChannel } from "./channel.ts";
import { createRegistry } from "./registry.ts";
import { toCapabilitiesProto } from "./to-capabilities-proto.ts";

const capabilities: Capabilities = {
  supportsEdit: true,
  supportsDelete: false,
  supportsReactions: false,
  supportsThreads: false,
  supportsTyping: false,
  supportsPresence: false,
  allowedAttachments: ["image", "link"],
  maxTextBytes: 4_000,
  rateLimitPerSecond: 1,
  rateLimitScope: "conversation",
  authKind: "bot_token",
  editWindowSeconds: 0,
  deleteWindowSeconds: 0,
};

function channelOf(channelType: Channel["channelType"]): Channel {
  const settings = z.object({ SLACK_TEAM: z.string().optional() });
  return defineChannel({ channelType, capabilities, settings, accountSecrets: [], open: () => ({}) });
}

describe("createRegistry", () => {
  const slack = channelOf("slack");
  const cliq = channelOf("zoho_cliq");
  const registry = createRegistry([slack, cliq]);

  it("finds a channel by wire name", () => {
    expect(registry.byType("zoho_cliq")).toBe(cliq);
    expect(registry.byType("zoho-cliq")).toBeUndefined();
    expect(registry.byType("discord")).toBeUndefined();
    expect(registry.byType("__proto__")).toBeUndefined();
  });

  it("finds a channel by web path with hyphens or underscores", () => {
    expect(registry.bySlug("zoho-cliq")).toBe(cliq);
    expect(registry.bySlug("zoho_cliq")).toBe(cliq);
    expect(registry.bySlug("slack")).toBe(slack);
    expect(registry.bySlug("../slack")).toBeUndefined();
  });

  it("refuses two channels of one type", () => {
    expect(() => createRegistry([slack, channelOf("slack")])).toThrow(
      expect.objectContaining({ code: "channel.duplicate" }),
    );
  });

  it("refuses a type that the contract does not know", () => {
    const stranger = { ...slack, channelType: "carrier_pigeon" } as unknown as Channel;
    expect(() => createRegistry([stranger])).toThrow(
      expect.objectContaining({ code: "channel.unknown_type" }),
    );
  });
});

describe("defineChannel", () => {
  it("reports settings that do not fit as config.invalid, naming the setting", () => {
    expect(() => channelOf("slack").open({ SLACK_TEAM: 7 })).toThrow(
      expect.objectContaining({ code: "config.invalid", message: expect.stringContaining("SLACK_TEAM") }),
    );
  });
});

describe("toCapabilitiesProto", () => {
  it("carries every field and maps attachment kinds", () => {
    expect(toCapabilitiesProto(capabilities)).toMatchObject({ ...capabilities, allowedAttachments: [1, 5] });
  });
});

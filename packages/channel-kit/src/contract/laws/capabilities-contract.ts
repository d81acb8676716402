import { toBinary } from "@bufbuild/protobuf";
import { ChannelCapabilitiesSchema } from "@mio/proto";
import { expect, it } from "vitest";
import { toCapabilitiesProto } from "../../to-capabilities-proto.ts";
import { accountUnderTest } from "../under-test/call-under-test.ts";
import type { ChannelUnderTest } from "../under-test/channel-under-test.ts";

export function capabilitiesContract({ channel, settings }: ChannelUnderTest): void {
  const { capabilities } = channel;

  it("claims an ability exactly when it has the method", () => {
    const sender = channel.open(settings).outbound?.connect(accountUnderTest());
    expect(capabilities.supportsEdit).toBe(sender?.edit !== undefined);
    expect(capabilities.supportsDelete).toBe(sender?.remove !== undefined);
    expect(capabilities.supportsReactions).toBe(sender?.react !== undefined);
  });

  it("claims neither typing nor presence, which Mio asks of no channel", () => {
    expect(capabilities).toMatchObject({ supportsTyping: false, supportsPresence: false });
  });

  it("states limits that make sense", () => {
    expect(capabilities.maxTextBytes).toBeGreaterThan(0);
    expect(capabilities.rateLimitPerSecond).toBeGreaterThan(0);
    expect(["account", "conversation"]).toContain(capabilities.rateLimitScope);
    expect(capabilities.editWindowSeconds).toBeGreaterThanOrEqual(0);
    expect(capabilities.deleteWindowSeconds).toBeGreaterThanOrEqual(0);
    expect(new Set(capabilities.allowedAttachments).size).toBe(capabilities.allowedAttachments.length);
  });

  it("fits the wire", () => {
    expect(() => toBinary(ChannelCapabilitiesSchema, toCapabilitiesProto(capabilities))).not.toThrow();
  });
}

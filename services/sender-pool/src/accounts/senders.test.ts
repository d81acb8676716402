import type { CredentialVault } from "@mio/channel-kit";
import { expect, it } from "vitest";
import { createSenders } from "./account-directory.ts";
import type { SendingChannel } from "./open-channels.ts";

it("keeps one client of an account until its place or its attributes change", () => {
  const connect = () => ({ send: () => Promise.reject(new Error("not called")) });
  const channel = { channelType: "slack", outbound: { connect } } as unknown as SendingChannel;
  const { senderOf } = createSenders(() => ({}) as CredentialVault);
  const account = {
    id: "a",
    tenantId: "t",
    channelType: "slack",
    externalId: "T1",
    attributes: { team: "one" },
  };
  const first = senderOf(channel, account);
  expect(senderOf(channel, { ...account })).toBe(first);
  const moved = senderOf(channel, { ...account, externalId: "T2" });
  expect(moved).not.toBe(first);
  expect(senderOf(channel, { ...account, externalId: "T2", attributes: { team: "two" } })).not.toBe(moved);
});

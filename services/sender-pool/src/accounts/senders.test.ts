import type { AccountAccess } from "@mio/channel-kit";
import { expect, it } from "vitest";
import type { SendingChannel } from "./open-channels.ts";
import { createSenders } from "./senders.ts";

it("keeps one client of an account until its place or its attributes change", () => {
  const connect = () => ({ send: () => Promise.reject(new Error("not called")) });
  const channel = { channelType: "slack", outbound: { connect } } as unknown as SendingChannel;
  const senderOf = createSenders();
  const access = {
    accountId: "a",
    externalId: "T1",
    attributes: { team: "one" },
  } as unknown as AccountAccess;
  const first = senderOf(channel, access);
  expect(senderOf(channel, { ...access })).toBe(first);
  const moved = senderOf(channel, { ...access, externalId: "T2" });
  expect(moved).not.toBe(first);
  expect(senderOf(channel, { ...access, externalId: "T2", attributes: { team: "two" } })).not.toBe(moved);
});

import { describe, expect, it } from "vitest";
import type { WebhookInbound } from "../inbound/inbound.ts";
import { attachmentContract } from "./laws/attachment-contract.ts";
import { capabilitiesContract } from "./laws/capabilities-contract.ts";
import { changeContract, targetContract } from "./laws/change-contract.ts";
import { contentContract } from "./laws/content-contract.ts";
import { failureContract } from "./laws/failure-contract.ts";
import { identityContract } from "./laws/identity-contract.ts";
import { outboundContract } from "./laws/outbound-contract.ts";
import { partsContract } from "./laws/parts-contract.ts";
import { peopleContract } from "./laws/people-contract.ts";
import { readContract } from "./laws/read-contract.ts";
import { settingsContract } from "./laws/settings-contract.ts";
import { socketContract } from "./laws/socket-contract.ts";
import { verifyContract } from "./laws/verify-contract.ts";
import type { ChannelUnderTest } from "./under-test/channel-under-test.ts";
import type { SendingChannel } from "./under-test/playing.ts";

/**
 * The suite that every channel passes. Call it at the top of `contract.test.ts`.
 *
 * It plays the platform over HTTP on this machine, so it tests the channel that services run.
 *
 * @example
 * channelContract({ channel, settings, signature: { sign }, samples, changes: ["edit"], outbound });
 */
export function channelContract(subject: ChannelUnderTest): void {
  const { channel, settings, outbound } = subject;
  describe(`${channel.channelType} keeps the channel contract`, () => {
    settingsContract(subject);
    capabilitiesContract(subject);
    socketContract(subject);
    const { webhook } = channel.open(settings);
    if (webhook !== undefined) webhookContract(webhook, subject);
    if (outbound !== undefined) sendingContract({ ...subject, outbound });
  });
}

function sendingContract(subject: SendingChannel): void {
  outboundContract(subject);
  failureContract(subject);
  contentContract(subject);
  partsContract(subject);
  peopleContract(subject);
  attachmentContract(subject);
  targetContract(subject);
}

function webhookContract(webhook: WebhookInbound, subject: ChannelUnderTest): void {
  it("names its secrets and extra paths safely", () => {
    expect(webhook.secretNames.length).toBeGreaterThan(0);
    for (const name of webhook.secretNames) expect(name).toMatch(/^[a-z0-9][a-z0-9-]*$/);
    for (const path of webhook.routeAliases) expect(path).toMatch(/^\/[a-z0-9/-]+$/);
  });
  verifyContract(webhook, subject.signature);
  readContract(webhook, subject);
  identityContract(webhook, subject.samples);
  changeContract(subject);
}

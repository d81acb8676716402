import { describe, expect, it } from "vitest";
import type { WebhookInbound } from "../inbound.ts";
import { capabilitiesContract } from "./capabilities-contract.ts";
import type { ChannelUnderTest } from "./channel-under-test.ts";
import { identityContract } from "./identity-contract.ts";
import { readContract } from "./read-contract.ts";
import { settingsContract } from "./settings-contract.ts";
import { verifyContract } from "./verify-contract.ts";

/**
 * The suite every channel passes: call it at the top of `contract.test.ts`.
 *
 * @example
 * channelContract({ channel, settings, signature: { sign }, samples: { messages, own } });
 */
export function channelContract(subject: ChannelUnderTest): void {
  describe(`${subject.channel.channelType} keeps the channel contract`, () => {
    settingsContract(subject);
    capabilitiesContract(subject);
    const webhook = subject.channel.open(subject.settings).webhook;
    if (webhook !== undefined) webhookContract(webhook, subject);
  });
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
}

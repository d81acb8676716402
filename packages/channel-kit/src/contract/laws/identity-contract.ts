import { describe, expect, it } from "vitest";
import type { WebhookInbound } from "../../inbound/inbound.ts";
import { bytesOf, receivedAt, type Samples } from "../under-test/channel-under-test.ts";

/** Delay of a redelivery in the suite. Platforms that send ids repeat them at any delay. */
const redeliveryMs = 900;

export function identityContract(webhook: WebhookInbound, samples: Samples): void {
  const idAt = (text: string, at: Date): string => {
    const event = webhook.read(bytesOf(text), at);
    if (event.kind !== "message") throw new Error(`a sample is ${event.kind}, not a message`);
    const { conversationExternalId, sourceMessageId } = event.draft.message;
    return JSON.stringify([event.draft.workspaceKey, conversationExternalId, sourceMessageId]);
  };

  describe("identity", () => {
    it.each(Object.entries(samples.messages))("gives a redelivery of %s the same id", (_, text) => {
      const later = new Date(receivedAt.getTime() + redeliveryMs);
      expect(idAt(text, later)).toBe(idAt(text, receivedAt));
    });

    it("gives different events different ids", () => {
      const ids = Object.values(samples.messages).map((text) => idAt(text, receivedAt));
      expect(ids.length).toBeGreaterThan(1);
      expect(new Set(ids).size).toBe(ids.length);
    });
  });
}

import type { Bus, Publication } from "@mio/bus";
import { decodeMessage, encodeMessage, headerNames } from "@mio/envelope";
import { MioError } from "@mio/failure";
import type { OutboxEntry } from "@mio/store";
import { aMessage } from "@mio/testkit";
import { expect, it } from "vitest";
import { createGiveUpEvent } from "./give-up-event.ts";

const tooLarge = new MioError("bus.too_large", "scripted");
const message = aMessage({ text: "x".repeat(100_000) });
const subject = `mio.inbound.${message.channelType}.${message.accountId}.${message.conversationId}`;
const entry: OutboxEntry = {
  messageId: message.id,
  conversationId: message.conversationId,
  channelType: message.channelType,
  subject,
  dedupId: "inb:account:source",
  envelope: encodeMessage(message),
  traceparent: undefined,
  attempts: 2,
  recordedAt: new Date(0),
  ageMs: 0,
};

/** A bus with this message limit and scripted answers. */
function scripted(maxPayload: number, publish: () => Promise<{ duplicate: boolean }>) {
  const letters: Publication[] = [];
  const counted: string[] = [];
  const bus = {
    nc: { info: { max_payload: maxPayload } },
    publisher: {
      publish: async (letter: Publication) => {
        letters.push(letter);
        return { stream: "S", sequence: 1, ...(await publish()) };
      },
    },
    deadLetters: { count: (_subject: string, reason: string) => void counted.push(reason) },
  } as unknown as Bus;
  return { letters, counted, giveUp: createGiveUpEvent(bus) };
}

const stored = async () => ({ duplicate: false });

it("keeps as much of an event as fits, and the fields that a redrive needs", async () => {
  const { letters, counted, giveUp } = scripted(64 * 1_024, stored);
  await giveUp(entry, tooLarge);
  const [letter] = letters;
  const payload = letter?.payload ?? new Uint8Array();
  expect(payload.length).toBeLessThanOrEqual(64 * 1_024 - 2_048);
  expect(decodeMessage(payload)).toMatchObject({ id: message.id, attributes: { mio_truncated: "true" } });
  expect(letter?.subject).toBe(subject.replace("mio.inbound.", "mio.dlq.inbound."));
  const headers = new Map(letter?.headers);
  expect(headers.get(headerNames.deadSubject)).toBe(subject);
  expect(headers.get(headerNames.deadDedupId)).toBe("inb:account:source");
  expect(headers.get(headerNames.deadDurable)).toBe("media-vault");
  expect(headers.get(headerNames.deadDeliveries)).toBe("3");
  expect(counted).toEqual(["too_large"]);
});

it("counts an event once, and only if its dead letter was stored", async () => {
  const again = scripted(64 * 1_024, async () => ({ duplicate: true }));
  await again.giveUp(entry, tooLarge);
  const full = scripted(64 * 1_024, () => Promise.reject(new Error("full")));
  await expect(full.giveUp(entry, tooLarge)).rejects.toThrow("full");
  expect([again.counted, full.counted]).toEqual([[], []]);
});

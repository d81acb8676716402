import { expect, test } from "vitest";
import { type RejectedMessage, storeDeadLetter, toDeadLetter, toDeadLetterSubject } from "./dead-letter.ts";
import { streamNames } from "./stream-names.ts";

test.each([
  [streamNames.inbound, "mio.inbound.zoho_cliq.acct.conv", "mio.dlq.inbound.zoho_cliq.acct.conv"],
  [streamNames.attachments, "mio.attachments.slack.acct.conv.0123abcd", "mio.dlq.inbound.slack.acct.conv"],
  [streamNames.attachments, "mio.attachments.odd", "mio.dlq.inbound.unknown.unknown.unknown"],
  [streamNames.enriched, "mio.inbound_enriched.slack.acct.conv", "mio.dlq.inbound_enriched.slack.acct.conv"],
  [streamNames.outbound, "mio.outbound.slack.acct.conv.edit", "mio.dlq.outbound.slack.acct.conv"],
  [streamNames.outbound, "mio.outbound.odd", "mio.dlq.outbound.unknown.unknown.unknown"],
  [streamNames.scheduled, "mio.scheduled.due.x", "mio.dlq.outbound.unknown.unknown.unknown"],
])("a dead letter of %s on %s", (stream, subject, expected) => {
  expect(toDeadLetterSubject({ stream, subject })).toBe(expected);
});

const message: RejectedMessage = {
  stream: streamNames.inbound,
  durable: "reader",
  subject: "mio.inbound.slack.a.c",
  payload: new Uint8Array(3),
  headers: [["Mio-Test", "kept"]],
  streamSequence: 7,
  storedAtMs: 0,
  deliveries: 1,
  reason: "rejected",
  code: "delivery.refused",
};

test("writes the reason, the code and the detail as one line of at most 500 characters", () => {
  const { contents } = toDeadLetter({ ...message, reason: "a\nb", detail: "x".repeat(900) }, new Date(0));
  const headers = new Map(contents[0].headers);
  expect(headers.get("Mio-Dead-Reason")).toBe("a b");
  expect(headers.get("Mio-Dead-Detail")).toHaveLength(500);
});

const refused = new Error("refused");

test.each([
  [[], [3]],
  [[refused], [3, 3]],
  [
    [refused, refused],
    [3, 3, 0],
  ],
])("stores the most complete content that is not refused", async (failures, sizes) => {
  const left = [...failures];
  const stored: number[] = [];
  const store = async ({ payload }: { readonly payload: Uint8Array }) => {
    stored.push(payload.length);
    const failure = left.shift();
    if (failure !== undefined) throw failure;
    return "stored";
  };
  const isRefused = (error: unknown) => error === refused;
  expect(await storeDeadLetter(toDeadLetter(message, new Date(0)), store, isRefused)).toBe("stored");
  expect(stored).toEqual(sizes);
});

test("throws the last refusal, and any other failure at once", async () => {
  const letter = toDeadLetter(message, new Date(0));
  let tries = 0;
  const fail = (error: Error) => async () => {
    tries += 1;
    throw error;
  };
  await expect(storeDeadLetter(letter, fail(refused), () => true)).rejects.toBe(refused);
  await expect(storeDeadLetter(letter, fail(refused), () => false)).rejects.toBe(refused);
  expect(tries).toBe(4);
});

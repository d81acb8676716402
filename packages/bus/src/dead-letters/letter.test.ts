import { expect, test } from "vitest";
import { type DeadLetterFilter, type LetterSummary, matches, subjectsOf, toSummary } from "./letter.ts";

const time = new Date("2026-01-01T12:00:00Z");
const before = new Date(time.getTime() - 1);
const after = new Date(time.getTime() + 1);

const letter: LetterSummary = {
  ...{ id: 7, direction: "outbound", channelType: "slack", accountId: "acct", conversationId: "conv" },
  ...{ subject: "mio.outbound.slack.acct.conv", reason: "no_account", code: "delivery.refused" },
  ...{ durable: "sender-pool-acct", stream: "MESSAGES_OUTBOUND", sequence: 3, deliveries: 1, time },
};

test.each<[filter: DeadLetterFilter, isMeant: boolean]>([
  [{}, true],
  [{ since: time }, true],
  [{ since: after }, false],
  [{ until: time }, false],
  [{ until: after }, true],
  [{ since: before, until: before }, false],
  [{ reason: "no_account", code: "delivery.refused", durable: "sender-pool-acct" }, true],
  [{ reason: "rejected" }, false],
  [{ code: "bus.too_large" }, false],
  [{ durable: "sender-pool" }, false],
])("a letter is among %j: %j", (filter, isMeant) => {
  expect(matches(letter, filter)).toBe(isMeant);
});

test.each<[place: DeadLetterFilter, subjects: string]>([
  [{}, "mio.dlq.*.*.*.*"],
  [{ direction: "outbound", accountId: "acct" }, "mio.dlq.outbound.*.acct.*"],
  [{ channelType: "slack", conversationId: "conv" }, "mio.dlq.*.slack.*.conv"],
])("letters of %j are under %s", (place, subjects) => {
  expect(subjectsOf(place)).toBe(subjects);
});

test("a letter without headers has its route and its time from the stream", () => {
  const subject = "mio.dlq.outbound.slack.acct.conv";
  expect(toSummary({ subject, id: 7, headers: undefined, storedAt: time })).toEqual({
    ...letter,
    ...{ reason: "", code: "", durable: "", stream: "", sequence: 0, deliveries: 0 },
  });
});

test("ignores messages that are not letters", () => {
  const elsewhere = { subject: "mio.outbound.slack.acct.conv", id: 7, headers: undefined, storedAt: time };
  expect(toSummary(elsewhere)).toBeUndefined();
});

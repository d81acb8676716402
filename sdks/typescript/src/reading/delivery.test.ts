import { expect, it } from "vitest";
import { compareIdentities, toDelivery } from "./delivery.ts";

const answers: unknown[] = [];
const nc = { request: () => Promise.reject(new Error("no confirmation")) };
const read = (reply: string) => {
  const respond = (word: unknown) => answers.push(word) > 0;
  return toDelivery(nc, { subject: "mio.x", data: Uint8Array.of(1), reply, respond });
};

it.each([
  ["$JS.ACK.STREAM.agent.3.42.7.1700000000123999999.5"],
  ["$JS.ACK._.account.STREAM.agent.3.42.7.1700000000123999999.5"],
  ["$JS.ACK.hub.account.STREAM.agent.3.42.7.1700000000123999999.5.token"],
])("reads where a delivery stands from %s", (reply) => {
  expect(read(reply)).toMatchObject({
    stream: "STREAM",
    consumer: "agent",
    deliveryCount: 3,
    seq: 42,
    timeMs: 1_700_000_000_123,
  });
});

it.each([[""], ["_INBOX.abc.1"], ["$JS.ACK.too.short"]])("takes %j for a status", (reply) => {
  expect(read(reply)).toBeUndefined();
});

it("sends the server's words, and rejects when an acknowledgement is not confirmed", async () => {
  const delivery = read("$JS.ACK.STREAM.agent.1.1.1.1.0");
  answers.length = 0;
  delivery?.working();
  delivery?.nak();
  delivery?.nak(1_500);
  delivery?.term("never");
  delivery?.ack();
  expect(answers).toEqual(["+WPI", "-NAK", '-NAK {"delay":1500000000}', "+TERM never", "+ACK"]);
  await expect(delivery?.confirmedAck()).rejects.toThrow("no confirmation");
  await expect(delivery?.confirmedNak()).rejects.toThrow("no confirmation");
});

it("orders messages by time, then by sequence", () => {
  const messages = [
    { seq: 1, timeMs: 20 },
    { seq: 3, timeMs: 10 },
    { seq: 2, timeMs: 10 },
  ];
  expect(messages.toSorted(compareIdentities).map(({ seq }) => seq)).toEqual([2, 3, 1]);
});

import { headers } from "@nats-io/nats-core";
import { expect, test } from "vitest";
import { isFull, jetStreamCodes } from "./api-codes.ts";
import { pullSubject, toPullBody } from "./pull-request.ts";
import { pinIdOf } from "./pull-status.ts";
import { isForOtherDurable } from "./redrive.ts";

test("asks the consumer of a stream", () => {
  expect(pullSubject({ stream: "S", durable: "d" })).toBe("$JS.API.CONSUMER.MSG.NEXT.S.d");
});

test.each([
  [
    { batch: 10, open: { expiresMs: 30_000, idleHeartbeatMs: 5_000 } },
    { batch: 10, expires: 30_000_000_000, idle_heartbeat: 5_000_000_000 },
  ],
  [{ batch: 1 }, { batch: 1, no_wait: true }],
  [
    { batch: 1, pin: { group: "g" } },
    { batch: 1, no_wait: true, group: "g" },
  ],
  [
    { batch: 1, pin: { group: "g", id: "p" } },
    { batch: 1, no_wait: true, group: "g", id: "p" },
  ],
])("writes a pull request: %j", (request, body) => {
  expect(JSON.parse(toPullBody(request))).toEqual(body);
});

test("reads the pin of a delivery, and none where the header is missing", () => {
  const head = headers();
  expect([pinIdOf(undefined), pinIdOf(head)]).toEqual([undefined, undefined]);
  head.set("Nats-Pin-Id", "p");
  expect(pinIdOf(head)).toBe("p");
});

test.each([
  [undefined, false],
  ["agent", false],
  ["another", true],
])("a message put back for %s is for another durable than agent: %s", (redriveDurable, expected) => {
  expect(isForOtherDurable(redriveDurable, "agent")).toBe(expected);
});

test("distinguishes a full store from other refusals", () => {
  expect(isFull(jetStreamCodes.storeFailed)).toBe(true);
  expect(isFull(jetStreamCodes.messageTooLarge)).toBe(false);
});

import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { Delivery } from "@mio/bus";
import { encodeCommand, outboundSubject } from "@mio/envelope";
import type { SendCommand } from "@mio/proto";
import { aCommand, type CommandFields } from "@mio/testkit";
import { expect, it } from "vitest";
import { createIsSuperseded } from "./superseded.ts";

const now = new Date(1_000_000);
const place = { tenantId: "t", accountId: "a", conversationId: "c" };
const anEdit = (fields: CommandFields = {}) => aCommand({ ...place, editOfMessageId: "post", ...fields });

function delivered(command: SendCommand, streamSequence: number): Delivery {
  return {
    subject: outboundSubject(command),
    payload: encodeCommand(command),
    headers: { get: () => undefined, entries: () => [] },
    streamSequence,
    deliveryCount: 1,
    timestamp: now,
    tenure: undefined,
  };
}

function isSuperseded(command: SendCommand, later: SendCommand, sequence = 11): boolean {
  const behind = [delivered(later, sequence)];
  return createIsSuperseded()({ command, streamSequence: 10, behind: () => behind }, now);
}

it("is an edit whose message a later edit changes", () => {
  expect(isSuperseded(anEdit(), anEdit())).toBe(true);
});

it.each<[string, CommandFields]>([
  ["another message", { editOfMessageId: "another" }],
  ["another account", { accountId: "b" }],
  ["another tenant", { tenantId: "u" }],
  ["nothing to show", { text: " " }],
  ["a later time", { sendAt: timestampFromDate(new Date(now.getTime() + 1)) }],
  ["an invalid command", { schemaVersion: 7 }],
])("is not what a later edit with %s follows", (_name, fields) => {
  expect(isSuperseded(anEdit(), anEdit(fields))).toBe(false);
});

it("is no post, and not what an edit follows that was stored before and came again", () => {
  expect(isSuperseded(aCommand(place), anEdit())).toBe(false);
  expect(isSuperseded(anEdit(), aCommand(place))).toBe(false);
  expect(isSuperseded(anEdit(), anEdit(), 9)).toBe(false);
});

it("is not what bytes follow that are no command", () => {
  const noise = { ...delivered(anEdit(), 11), payload: new Uint8Array([255]) };
  const job = { command: anEdit(), streamSequence: 10, behind: () => [noise] };
  expect(createIsSuperseded()(job, now)).toBe(false);
});

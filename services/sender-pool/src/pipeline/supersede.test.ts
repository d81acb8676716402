import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { Delivery } from "@mio/bus";
import { encodeCommand, outboundSubject } from "@mio/envelope";
import type { SendCommand } from "@mio/proto";
import { aCommand, type CommandFields } from "@mio/testkit";
import { expect, it } from "vitest";
import { createLaterEdits } from "./supersede.ts";

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
    pinEpoch: undefined,
  };
}

function isFollowed(command: SendCommand, later: SendCommand, sequence = 11): boolean {
  const queuedBehind = [delivered(later, sequence)];
  const ids = createLaterEdits()({ command, streamSequence: 10, queuedBehind: () => queuedBehind }, now);
  return ids.includes(later.id);
}

it("follow an edit when they change the same message", () => {
  expect(isFollowed(anEdit(), anEdit())).toBe(true);
});

it.each<[string, CommandFields]>([
  ["another message", { editOfMessageId: "another" }],
  ["another account", { accountId: "b" }],
  ["another tenant", { tenantId: "u" }],
  ["nothing to show", { text: " " }],
  ["a later time", { sendAt: timestampFromDate(new Date(now.getTime() + 1)) }],
  ["an invalid command", { schemaVersion: 7 }],
])("do not count with %s", (_name, fields) => {
  expect(isFollowed(anEdit(), anEdit(fields))).toBe(false);
});

it("never follow a post, and never came before it", () => {
  expect(isFollowed(aCommand(place), anEdit())).toBe(false);
  expect(isFollowed(anEdit(), aCommand(place))).toBe(false);
  expect(isFollowed(anEdit(), anEdit(), 9)).toBe(false);
});

it("are never bytes that are not a command", () => {
  const noise = { ...delivered(anEdit(), 11), payload: new Uint8Array([255]) };
  const job = { command: anEdit(), streamSequence: 10, queuedBehind: () => [noise] };
  expect(createLaterEdits()(job, now)).toEqual([]);
});

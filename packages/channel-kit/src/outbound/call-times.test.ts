import { create } from "@bufbuild/protobuf";
import { AttachmentSchema } from "@mio/proto";
import { expect, it } from "vitest";
import { createCallTimes } from "./call-times.ts";

const times = createCallTimes({ filesMs: 40_000 });
const attachment = (storageKey: string) => create(AttachmentSchema, { storageKey, url: "https://a.test/" });

it.each([
  ["a text", [], 20_000],
  ["a link to a file", [attachment("")], 20_000],
  ["a kept file", [attachment(""), attachment("k")], 60_000],
])("gives the call for %s its time, and a margin until it has settled", (_, attachments, timeMs) => {
  expect(times.longestCallMs({ attachments })).toBe(timeMs);
  expect(times.settledAfterMs({ attachments })).toBe(timeMs + 5_000);
});

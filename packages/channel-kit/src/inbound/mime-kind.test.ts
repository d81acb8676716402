import { Attachment_Kind } from "@mio/proto";
import { expect, it } from "vitest";
import { mimeKind } from "./mime-kind.ts";

it.each([
  ["", Attachment_Kind.UNSPECIFIED],
  ["image/png", Attachment_Kind.IMAGE],
  ["IMAGE/JPEG", Attachment_Kind.IMAGE],
  ["audio/ogg", Attachment_Kind.AUDIO],
  ["video/mp4", Attachment_Kind.VIDEO],
  ["application/pdf", Attachment_Kind.FILE],
  ["imagery", Attachment_Kind.FILE],
])("takes %j for kind %d", (mime, kind) => {
  expect(mimeKind(mime)).toBe(kind);
});

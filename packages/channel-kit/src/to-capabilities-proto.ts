import { create } from "@bufbuild/protobuf";
import { Attachment_Kind, type ChannelCapabilities, ChannelCapabilitiesSchema } from "@mio/proto";
import type { Capabilities } from "./capabilities.ts";

const attachmentKinds = {
  image: Attachment_Kind.IMAGE,
  file: Attachment_Kind.FILE,
  audio: Attachment_Kind.AUDIO,
  video: Attachment_Kind.VIDEO,
  link: Attachment_Kind.LINK,
} as const satisfies Record<Capabilities["allowedAttachments"][number], Attachment_Kind>;

/** The capabilities as operators and consumers see them on the wire. */
export function toCapabilitiesProto(capabilities: Capabilities): ChannelCapabilities {
  return create(ChannelCapabilitiesSchema, {
    ...capabilities,
    allowedAttachments: capabilities.allowedAttachments.map((kind) => attachmentKinds[kind]),
  });
}

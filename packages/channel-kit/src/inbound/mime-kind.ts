import { Attachment_Kind } from "@mio/proto";

/** The attachment kind of a MIME type: UNSPECIFIED for an empty one, FILE for an unknown one. */
export function mimeKind(mime: string): Attachment_Kind {
  const type = mime.trim().toLowerCase();
  if (type === "") return Attachment_Kind.UNSPECIFIED;
  if (type.startsWith("image/")) return Attachment_Kind.IMAGE;
  if (type.startsWith("audio/")) return Attachment_Kind.AUDIO;
  if (type.startsWith("video/")) return Attachment_Kind.VIDEO;
  return Attachment_Kind.FILE;
}

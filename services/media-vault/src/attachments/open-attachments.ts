import type { Attachment, Message } from "@mio/proto";

/** The attachments that are not stored yet, with their position in the message. */
export function openAttachments(message: Message): readonly { attachment: Attachment; index: number }[] {
  return message.attachments.flatMap((attachment, index) =>
    attachment.storageKey === "" ? [{ attachment, index }] : [],
  );
}

export function hasOpenAttachments(message: Message): boolean {
  return openAttachments(message).length > 0;
}

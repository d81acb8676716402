import { type Capabilities, mimeKind } from "@mio/channel-kit";
import type { MioError } from "@mio/failure";
import { type Attachment, Attachment_Kind, type RichContent, type SendCommand } from "@mio/proto";
import type { Operation } from "../job/read-command.ts";
import { refusal } from "../job/refusal.ts";

export interface ContentRules {
  readonly channelType: string;
  readonly capabilities: Pick<Capabilities, "allowedAttachments">;
}

/** The reason why no channel can render the content; channel-specific checks come later. */
export function checkContent(
  command: SendCommand,
  operation: Operation["kind"],
  { channelType, capabilities }: ContentRules,
): MioError | undefined {
  switch (operation) {
    case "delete":
    case "pin":
    case "unknown":
      return undefined;
    case "reaction":
      if (command.relation?.reactionEmoji.trim()) return undefined;
      return refusal("invalid", "The reaction names no emoji.");
    case "send":
    case "edit":
      if (isEmpty(command)) return refusal("invalid", nothingToShow(command));
      return checkAttachments(command.attachments, { channelType, capabilities });
  }
}

function checkAttachments(
  attachments: readonly Attachment[],
  { channelType, capabilities }: ContentRules,
): MioError | undefined {
  for (const [index, attachment] of attachments.entries()) {
    if (!hasAddress(attachment)) continue;
    const kind = kindOf(attachment);
    if (kind !== undefined && capabilities.allowedAttachments.includes(kind)) continue;
    const message = `${channelType} cannot show attachment ${index} through Mio: ${kind ?? "unknown kind"}.`;
    return refusal("unsupported", message, "delivery.unsupported");
  }
  return undefined;
}

/** The declared kind, or that of its media type; undefined for a kind that this version does not know. */
function kindOf({
  kind,
  mime,
  storageKey,
}: Attachment): Capabilities["allowedAttachments"][number] | undefined {
  const declared = kind === Attachment_Kind.UNSPECIFIED ? mimeKind(mime) : kind;
  switch (declared) {
    case Attachment_Kind.IMAGE:
      return "image";
    case Attachment_Kind.FILE:
      return "file";
    case Attachment_Kind.AUDIO:
      return "audio";
    case Attachment_Kind.VIDEO:
      return "video";
    case Attachment_Kind.LINK:
      return "link";
    case Attachment_Kind.UNSPECIFIED:
      return storageKey === "" ? "link" : "file";
    default:
      return undefined;
  }
}

/**
 * The command without attachments that have no address. Agents forward what a user sent, and of some files a platform gives
 * only the name. The rest is shown.
 */
export function withAddresses(command: SendCommand): SendCommand {
  const attachments = command.attachments.filter(hasAddress);
  return attachments.length === command.attachments.length ? command : { ...command, attachments };
}

/** Whether a post or an edit would show nothing. */
export function isEmpty({ text, attachments, richContent }: SendCommand): boolean {
  return (
    text.trim() === "" && !attachments.some(hasAddress) && (richContent === undefined || isBare(richContent))
  );
}

function hasAddress({ url, storageKey }: Attachment): boolean {
  return url !== "" || storageKey !== "";
}

function nothingToShow({ attachments }: SendCommand): string {
  return attachments.length === 0
    ? "The command has nothing to show."
    : "The command has nothing to show: its attachments have neither storage_key nor url.";
}

function isBare({ card, blocks, buttons }: RichContent): boolean {
  const frame = card === undefined ? "" : `${card.title}${card.subtitle}${card.thumbnailUrl}`;
  return frame.trim() === "" && blocks.length === 0 && buttons.length === 0;
}

import { type Capabilities, mimeKind } from "@mio/channel-kit";
import type { MioError } from "@mio/failure";
import { type Attachment, Attachment_Kind, type RichContent, type SendCommand } from "@mio/proto";
import type { Operation } from "./operation.ts";
import { refusal } from "./refusal.ts";

export interface ContentRules {
  readonly channelType: string;
  readonly capabilities: Pick<Capabilities, "allowedAttachments">;
}

/** Why a command's content can surely not be shown; what is left to say is the channel's. */
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
      if (isEmpty(command)) return refusal("invalid", "The command has nothing to show.");
      return checkAttachments(command.attachments, { channelType, capabilities });
  }
}

function checkAttachments(
  attachments: readonly Attachment[],
  { channelType, capabilities }: ContentRules,
): MioError | undefined {
  for (const [index, attachment] of attachments.entries()) {
    if (attachment.url === "" && attachment.storageKey === "") {
      return refusal("invalid", `Attachment ${index} has neither storage_key nor url.`);
    }
    const kind = kindOf(attachment);
    if (kind !== undefined && capabilities.allowedAttachments.includes(kind)) continue;
    const message = `${channelType} cannot show attachment ${index} through Mio: ${kind ?? "unknown kind"}.`;
    return refusal("unsupported", message, "delivery.unsupported");
  }
  return undefined;
}

/** As declared, or as its media type tells; undefined for a kind this version does not know. */
function kindOf({
  kind,
  mime,
  storageKey,
}: Attachment): Capabilities["allowedAttachments"][number] | undefined {
  const told = kind === Attachment_Kind.UNSPECIFIED ? mimeKind(mime) : kind;
  switch (told) {
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

/** Whether a post or an edit would show nothing. */
export function isEmpty({ text, attachments, richContent }: SendCommand): boolean {
  return text.trim() === "" && attachments.length === 0 && (richContent === undefined || isBare(richContent));
}

function isBare({ card, blocks, buttons }: RichContent): boolean {
  const frame = card === undefined ? "" : `${card.title}${card.subtitle}${card.thumbnailUrl}`;
  return frame.trim() === "" && blocks.length === 0 && buttons.length === 0;
}

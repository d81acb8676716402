import { allowsBroadcast, DeliveryError } from "@mio/channel-kit";
import type { Attachment, SendCommand } from "@mio/proto";
import { maxFiles, maxTextChars, maxTextParts } from "./limits.ts";
import { type RichBody, titleOf, toRichBody } from "./rich-body.ts";
import { toCliqTexts } from "./to-cliq-text.ts";
import { bodyWithoutBroadcasts, withoutBroadcasts, withoutBroadcastsInPlace } from "./without-broadcasts.ts";

/** One message of a command: a text in Cliq's format, and the card below it. */
export interface CliqMessageBody {
  readonly text: string;
  readonly rich: RichBody | undefined;
}

/** The content of a command: messages in order, then all files in one call. */
export interface MessagePlan {
  readonly messages: readonly CliqMessageBody[];
  readonly files: readonly Attachment[];
}

/**
 * Lays a command out as messages. A long text is sent in parts, of which an edit addresses the first. Cards, slides
 * and buttons are below the last part.
 *
 * @throws DeliveryError `permanent` if there is nothing to send, or more than Cliq accepts.
 */
export async function toPlan(command: SendCommand): Promise<MessagePlan> {
  const { attachments, richContent } = command;
  const files = attachments.filter(({ storageKey }) => storageKey !== "");
  const links = attachments.filter(({ storageKey, url }) => storageKey === "" && url !== "");
  if (files.length + links.length < attachments.length)
    throw refused("invalid", "An attachment has no file.");
  if (files.length > maxFiles) {
    throw refused("too_long", `Cliq takes ${maxFiles} files with one message; send the others in another.`);
  }
  const rich = toRichBody(richContent, links);
  const quiet = rich === undefined || allowsBroadcast(command) ? rich : bodyWithoutBroadcasts(rich);
  const messages = withRich(await toTexts(command), quiet);
  if (messages.length === 0 && files.length === 0)
    throw refused("invalid", "The command has nothing to show.");
  return { messages, files };
}

/**
 * The text of a command in parts of one message each, in Cliq's format. It notifies everyone only if the command
 * allows it.
 *
 * @throws DeliveryError `permanent`/`too_long` if there are too many parts.
 */
export async function toTexts(
  command: Pick<SendCommand, "text" | "allowBroadcast" | "attributes">,
): Promise<readonly string[]> {
  const { text } = command;
  const most = maxTextParts * maxTextChars;
  // Checked before parsing, which would take long.
  const parts =
    text.length > most ? [] : await (allowsBroadcast(command) ? toCliqTexts(text) : quietTexts(text));
  if (text.length <= most && parts.length <= maxTextParts) return parts;
  throw refused("too_long", `The text is longer than ${most} characters; send it as a file.`, text.length);
}

async function quietTexts(text: string): Promise<readonly string[]> {
  const parts = await toCliqTexts(withoutBroadcasts(text));
  return parts.map(withoutBroadcastsInPlace);
}

function withRich(texts: readonly string[], rich: RichBody | undefined): readonly CliqMessageBody[] {
  if (rich === undefined) return texts.map((text) => ({ text, rich }));
  const [last = titleOf(rich), ...before] = texts.toReversed();
  return [...before.toReversed().map((text) => ({ text, rich: undefined })), { text: last, rich }];
}

function refused(reason: "invalid" | "too_long", message: string, characters?: number): DeliveryError {
  const details = characters === undefined ? {} : { characters };
  return new DeliveryError({ kind: "permanent", reason, message, details });
}

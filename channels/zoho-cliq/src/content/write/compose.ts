import { allowsBroadcast, DeliveryError } from "@mio/channel-kit";
import type { Attachment, SendCommand } from "@mio/proto";
import { maxFiles, maxTextChars, maxTextParts } from "./limits.ts";
import { type RichBody, titleOf, toRichBody } from "./rich-body.ts";
import { toCliqTexts } from "./to-cliq-text.ts";
import { bodyWithoutBroadcasts, withoutBroadcasts, withoutBroadcastsInPlace } from "./without-broadcasts.ts";

/** One message of a command: a text in Cliq's format, and what stands below it. */
export interface CliqMessageBody {
  readonly text: string;
  readonly rich: RichBody | undefined;
}

/** What a command becomes: messages in their order, and after them the files, all in one call. */
export interface MessagePlan {
  readonly messages: readonly CliqMessageBody[];
  readonly files: readonly Attachment[];
}

/**
 * The messages of a command. A text that is longer than one message goes out in parts, the first of which is what an
 * edit addresses; cards, slides and buttons stand below the last.
 *
 * @throws DeliveryError `permanent` when there is nothing to send, or more than Cliq takes.
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
 * The text of a command as parts of one message each, in Cliq's format. It notifies everybody only if the command allows it.
 *
 * @throws DeliveryError `permanent`/`too_long` when there are too many.
 */
export async function toTexts(
  command: Pick<SendCommand, "text" | "allowBroadcast" | "attributes">,
): Promise<readonly string[]> {
  const { text } = command;
  const most = maxTextParts * maxTextChars;
  // Before it is read, which would take long.
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

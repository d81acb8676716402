import { DeliveryError, splitText } from "@mio/channel-kit";
import type { Attachment, SendCommand } from "@mio/proto";
import { maxFiles, maxTextChars, maxTextParts } from "./limits.ts";
import { type RichBody, titleOf, toRichBody } from "./rich/rich-body.ts";

/** One message of a command: a text as Cliq takes it, unchanged, and what stands below it. */
export interface CliqMessageBody {
  readonly text: string;
  readonly rich: RichBody | undefined;
}

/** What a command becomes: messages in their order, and after them the files, all in one call. */
export interface MessagePlan {
  readonly messages: readonly CliqMessageBody[];
  readonly files: readonly Attachment[];
}

/** Mentions and links stay whole. */
const keepTogether = /\{@[^{}\s]*\}|https?:\/\/\S+/g;

/**
 * The messages of a command. A text that is longer than one message goes out in parts, the first of which is what an
 * edit addresses; cards, slides and buttons stand below the last.
 *
 * @throws DeliveryError `permanent` when there is nothing to send, or more than Cliq takes.
 */
export function toPlan(command: SendCommand): MessagePlan {
  const { attachments, richContent } = command;
  const files = attachments.filter(({ storageKey }) => storageKey !== "");
  const links = attachments.filter(({ storageKey, url }) => storageKey === "" && url !== "");
  if (files.length + links.length < attachments.length)
    throw refused("invalid", "An attachment has no file.");
  if (files.length > maxFiles) {
    throw refused("too_long", `Cliq takes ${maxFiles} files with one message; send the others in another.`);
  }
  const messages = withRich(toTexts(command.text), toRichBody(richContent, links));
  if (messages.length === 0 && files.length === 0)
    throw refused("invalid", "The command has nothing to show.");
  return { messages, files };
}

/**
 * A text in parts of one message each. Joined they are the text, but for parts of nothing but white space, which
 * Cliq does not take.
 *
 * @throws DeliveryError `permanent`/`too_long` when there are too many.
 */
export function toTexts(text: string): readonly string[] {
  const most = maxTextParts * maxTextChars;
  // Before it is split, which would take long.
  const parts = text.length > most ? [] : splitText(text, maxTextChars, { keepTogether });
  const shown = parts.filter((part) => part.trim() !== "");
  if (text.length <= most && shown.length <= maxTextParts) return shown;
  throw refused("too_long", `The text is longer than ${most} characters; send it as a file.`, text.length);
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

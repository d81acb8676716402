import { DeliveryError } from "@mio/channel-kit";
import type { SendCommand } from "@mio/proto";

/** The longest text of one Cliq message, in characters; https://www.zoho.com/cliq/help/restapi/v2/messages/ */
export const maxTextChars: number = 5_000;

/**
 * The text of a command, as Cliq takes it: unchanged.
 *
 * @throws DeliveryError `permanent` when there is none, or it is longer than one message may be.
 */
export function toCliqText(command: SendCommand): string {
  const { text } = command;
  if (text.trim() === "") {
    const carriesMore = command.richContent !== undefined || command.attachments.length > 0;
    throw new DeliveryError({
      kind: "permanent",
      reason: carriesMore ? "unsupported" : "invalid",
      message: carriesMore
        ? "The command has only rich content or attachments, which are not sent to Cliq; give it a text."
        : "The command has no text.",
    });
  }
  if (text.length > maxTextChars) {
    throw new DeliveryError({
      kind: "permanent",
      reason: "too_long",
      message: `The text is longer than the ${maxTextChars} characters of one Cliq message; send it in parts.`,
      details: { characters: text.length },
    });
  }
  return text;
}

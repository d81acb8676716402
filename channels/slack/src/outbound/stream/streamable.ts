import { allowsBroadcast } from "@mio/channel-kit";
import { type SendCommand, SendCommand_Stage } from "@mio/proto";
import { hasBroadcast } from "../../content/write/without-broadcasts.ts";
import type { Address } from "../../identity/address.ts";
import { attributeKeys } from "../../identity/attribute-keys.ts";

/** Slack accepts 12,000 in one stream, and may count characters that we do not. */
export const maxStreamChars = 11_500;

/** The recipient of a stream, which Slack requires in channels but not in direct messages. */
export interface Recipient {
  readonly userId: string;
  readonly teamId: string;
}

/** The kinds of place by which Slack allows streams. */
export type StreamPlace = "channel" | "direct";

/**
 * The kind of place in which a command may start a stream; undefined if it must be an ordinary post. A stream is one
 * message in a thread, grows by plain text, and starts with a text marked as partial.
 */
export function streamPlaceOf(command: SendCommand, address: Address): StreamPlace | undefined {
  const { thread, broadcast, channel } = address;
  const isForOne = Boolean(command.attributes[attributeKeys.ephemeralUser]);
  if (command.stage !== SendCommand_Stage.PARTIAL || !isPlain(command)) return undefined;
  if (thread === undefined || broadcast || isForOne) return undefined;
  if (channel.startsWith("D")) return "direct";
  return recipientOf(command) === undefined ? undefined : "channel";
}

/** Whether a command is only a text that fits one stream. A stream keeps mentions of everyone as they are. */
export function isPlain(command: SendCommand): boolean {
  const { text, attachments, richContent } = command;
  const isOneText = attachments.length === 0 && richContent === undefined;
  if (hasBroadcast(text) && !allowsBroadcast(command)) return false;
  return isOneText && text.trim() !== "" && text.length <= maxStreamChars;
}

export function recipientOf({ attributes }: SendCommand): Recipient | undefined {
  const userId = attributes[attributeKeys.recipientUserId];
  const teamId = attributes[attributeKeys.teamId];
  return userId && teamId ? { userId, teamId } : undefined;
}

import { allowsBroadcast } from "@mio/channel-kit";
import { type SendCommand, SendCommand_Stage } from "@mio/proto";
import { hasBroadcast } from "../../content/write/without-broadcasts.ts";
import type { Address } from "../../identity/address.ts";
import { attributeKeys } from "../../identity/attribute-keys.ts";

/** Slack takes 12,000 in one stream, and may count what we do not. */
export const maxStreamChars = 11_500;

/** Whom a stream is for. Slack wants to know it in channels; in direct messages it goes without saying. */
export interface Recipient {
  readonly userId: string;
  readonly teamId: string;
}

/** Streams are allowed, or not, by kind of conversation. */
export type StreamPlace = "channel" | "direct";

/**
 * The kind of conversation in which a command may begin a stream; undefined when it has to be an ordinary post. A stream
 * is one message in a thread, grows by plain text, and needs to be begun by a text that says it will grow.
 */
export function streamPlaceOf(command: SendCommand, address: Address): StreamPlace | undefined {
  const { thread, broadcast, channel } = address;
  const isForOne = Boolean(command.attributes[attributeKeys.ephemeralUser]);
  if (command.stage !== SendCommand_Stage.PARTIAL || !isPlain(command)) return undefined;
  if (thread === undefined || broadcast || isForOne) return undefined;
  if (channel.startsWith("D")) return "direct";
  return recipientOf(command) === undefined ? undefined : "channel";
}

/** Whether a command is nothing but a text that one stream can show. A stream takes mentions of all as they are. */
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

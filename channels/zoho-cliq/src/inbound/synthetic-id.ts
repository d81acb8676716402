import { createHash } from "node:crypto";
import type { CliqMessage } from "../content/read/cliq-message.ts";
import { syntheticPrefix } from "../identity/canonical-id.ts";
import type { CliqEvent } from "./cliq-event.ts";

/** Within this time, the same words from the same person in the same chat count as one message. */
const bucketMs = 5_000;

/**
 * An id for a direct message without one. The handler of direct messages sends only text, so the id is a hash of
 * text, author, chat and time: the platform's time, else the handler's nonce, else the time of receipt in steps of
 * five seconds. Only in the last case can two equal messages get one id.
 */
export function syntheticId(event: CliqEvent, message: CliqMessage, receivedAt: Date): string {
  const bucket = Math.floor(receivedAt.getTime() / bucketMs) * bucketMs;
  const time = event.time ?? message.time;
  const when = time ?? (event.nonce === "" ? ["received", bucket] : ["nonce", event.nonce]);
  return `${syntheticPrefix}${digest([event.user.id, event.chat.id, message.text, files(message), message.repliedMessage?.id, when])}`;
}

/** Distinguishes two edits of one message: by their time, or by their content if the handler sends no time. */
export function revision(event: CliqEvent, message: CliqMessage): string {
  return event.time === undefined ? `h${digest([message.text, files(message)])}` : String(event.time);
}

function files(message: CliqMessage): readonly unknown[] {
  return [message.file, ...message.attachments].map((file) => [file?.name, file?.type, file?.url]);
}

function digest(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("base64url").slice(0, 22);
}

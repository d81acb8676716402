import { createHash } from "node:crypto";
import type { CliqMessage } from "../content/read/cliq-message.ts";
import { syntheticPrefix } from "../identity/canonical-id.ts";
import type { CliqEvent } from "./cliq-event.ts";

/** Within this time the same words from the same person in the same chat count as one gesture. */
const bucketMs = 5_000;

/**
 * An id for a direct message that came without one. The handler of direct messages sends text only, so the id
 * is made of what was said, by whom, where, and when: the platform's time, else the handler's nonce, else the
 * moment of receipt in steps of five seconds. Only the last can take two equal messages for one.
 */
export function syntheticId(event: CliqEvent, message: CliqMessage, receivedAt: Date): string {
  const bucket = Math.floor(receivedAt.getTime() / bucketMs) * bucketMs;
  const time = event.time ?? message.time;
  const when = time ?? (event.nonce === "" ? ["received", bucket] : ["nonce", event.nonce]);
  return `${syntheticPrefix}${digest([event.user.id, event.chat.id, message.text, files(message), message.repliedMessage?.id, when])}`;
}

/** What tells two edits of one message apart: their time, or their content when the handler gives none. */
export function revision(event: CliqEvent, message: CliqMessage): string {
  return event.time === undefined ? `h${digest([message.text, files(message)])}` : String(event.time);
}

function files(message: CliqMessage): readonly unknown[] {
  return [message.file, ...message.attachments].map((file) => [file?.name, file?.type, file?.url]);
}

function digest(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("base64url").slice(0, 22);
}

import { createHash } from "node:crypto";

/** The durable consumer of the consumer contract; the name of an agent that gives none. */
export const defaultAgent = "ai-consumer-enriched";

/**
 * The id of the command that `agent` sends as `step` of handling a message: always the same UUID for the
 * same three values. When a message is delivered again, its answers carry the ids of the first time,
 * so they are stored once and posted once.
 *
 * `reply` and `edit` of an incoming message use it with the steps `reply-1`, `reply-2`, `edit-1`, …
 *
 * @example
 * ```ts
 * const id = commandId("0199c0de-0000-7000-8000-000000000001", "nightly-report");
 * ```
 *
 * @param message the message handled, or its id
 * @param step what this command is within the handling, for example `"answer"`
 * @param agent the durable name the message was read under, so that two agents may answer one message
 */
export function commandId(
  message: string | { readonly id: string },
  step: string,
  agent: string = defaultAgent,
): string {
  const messageId = typeof message === "string" ? message : message.id;
  const digest = createHash("sha256")
    .update(JSON.stringify(["mio.command", agent, messageId, step]))
    .digest();
  return toUuid(digest);
}

/** The first 128 bits as a UUID of version 8, the one for own hashes: https://www.rfc-editor.org/rfc/rfc9562#section-5.8 */
function toUuid(digest: Buffer): string {
  const bytes = Buffer.from(digest.subarray(0, 16));
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

import { createHash } from "node:crypto";
import { MioError } from "@mio/failure";
import { hasControlCharacters } from "./ids.ts";
import { isSubjectToken } from "./subjects.ts";

/** Maximum length of a `Nats-Msg-Id` in bytes. In a longer one a hash replaces the last part. */
export const maxDedupIdBytes = 200;

/**
 * `inb:<account_id>:<source_message_id>`. Distinct for distinct pairs.
 *
 * @throws MioError `envelope.bad_token` when the account id is not a subject token.
 */
export function inboundDedupId(accountId: string, sourceMessageId: string): string {
  return withTail(`inb:${assertToken(accountId)}:`, sourceMessageId);
}

/** `enr:<message id>` */
export function enrichedDedupId(messageId: string): string {
  return withTail("enr:", messageId);
}

/** `out:<command id>` */
export function outboundDedupId(commandId: string): string {
  return withTail("out:", commandId);
}

/**
 * `rcp:<account_id>:<state>:<command id>`. A command ends once, so only a repeated receipt has the same id.
 *
 * @throws MioError `envelope.bad_token` when the account id is not a subject token.
 */
export function receiptDedupId(receipt: {
  readonly accountId: string;
  readonly commandId: string;
  readonly state: "sent" | "failed" | "unknown" | "suppressed";
}): string {
  return withTail(`rcp:${assertToken(receipt.accountId)}:${receipt.state}:`, receipt.commandId);
}

const hashMark = "sha256~";

/**
 * The tail itself if a header transports it unchanged, else its hash. A tail that looks like a hash is hashed too, so that
 * two tails never get the same value.
 */
function withTail(prefix: string, tail: string): string {
  return travelsUnchanged(prefix, tail) ? prefix + tail : prefix + hashMark + sha256(tail);
}

function travelsUnchanged(prefix: string, tail: string): boolean {
  return (
    Buffer.byteLength(prefix) + Buffer.byteLength(tail) <= maxDedupIdBytes &&
    !hasControlCharacters(tail) &&
    tail.trim() === tail &&
    !tail.startsWith(hashMark)
  );
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** An account id with a colon could make two pairs equal. */
function assertToken(accountId: string): string {
  if (isSubjectToken(accountId)) return accountId;
  throw new MioError("envelope.bad_token", "account_id may hold only ASCII letters, digits, _ and -.", {
    details: { field: "account_id" },
  });
}

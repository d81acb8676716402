import { createHash, randomFillSync } from "node:crypto";
import { MioError } from "@mio/failure";
import { v7, validate } from "uuid";

declare const brand: unique symbol;
type Brand<Name extends string> = string & { readonly [brand]: Name };

/** A tenant's UUID. */
export type TenantId = Brand<"TenantId">;
/** The UUID of one install of one platform. */
export type AccountId = Brand<"AccountId">;
/** A conversation's UUID. */
export type ConversationId = Brand<"ConversationId">;
/** A message's UUID, created by Mio. */
export type MessageId = Brand<"MessageId">;
/** The platform's identity of one event, unique within its account. */
export type SourceMessageId = Brand<"SourceMessageId">;
/** The id of a command, chosen by the agent; any text without control characters. */
export type CommandId = Brand<"CommandId">;

/** A new UUIDv7. Ids of one process ascend, also within a millisecond. */
export function newId(): string {
  const now = Date.now();
  const random = nextRandom();
  if (now > last.msecs) Object.assign(last, { msecs: now, seq: random.readUInt32BE(0) >>> 1 });
  else last.seq += 1;
  return v7({ random, ...last });
}

/** The sequence starts below 2^31 in each millisecond, so that it cannot overflow within one. */
const last = { msecs: 0, seq: 0 };

/** Asking the system for random bytes costs more than the rest of an id. */
const pool = Buffer.alloc(256 * 16);
let used = pool.length;

function nextRandom(): Buffer {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += 16;
  return pool.subarray(used - 16, used);
}

/**
 * A UUID derived from a content: equal contents have equal ids. Version 8, the one for custom hashes:
 * https://www.rfc-editor.org/rfc/rfc9562#section-5.8
 */
export function idFromContent(content: string): string {
  const bytes = createHash("sha256").update(content).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** @throws MioError `envelope.bad_id` when `text` is not a UUID. */
export function toTenantId(text: string): TenantId {
  return assertUuid("tenant", text) as TenantId;
}

/** @throws MioError `envelope.bad_id` when `text` is not a UUID. */
export function toAccountId(text: string): AccountId {
  return assertUuid("account", text) as AccountId;
}

/** @throws MioError `envelope.bad_id` when `text` is not a UUID. */
export function toConversationId(text: string): ConversationId {
  return assertUuid("conversation", text) as ConversationId;
}

/** @throws MioError `envelope.bad_id` when `text` is not a UUID. */
export function toMessageId(text: string): MessageId {
  return assertUuid("message", text) as MessageId;
}

/** @throws MioError `envelope.bad_id` when `text` is empty. */
export function toSourceMessageId(text: string): SourceMessageId {
  if (text === "") throw badId("source message", "is empty");
  return text as SourceMessageId;
}

/** @throws MioError `envelope.bad_id` when `text` is empty or contains control characters. */
export function toCommandId(text: string): CommandId {
  if (!isCommandId(text)) throw badId("command", "is empty or contains control characters");
  return text as CommandId;
}

/** Whether `text` can be the id of a command. */
export function isCommandId(text: string): boolean {
  return text !== "" && !hasControlCharacters(text);
}

/** Whether `text` is a UUID of any version, in any case. */
export function isUuid(text: string): boolean {
  return validate(text);
}

/** Whether `text` contains a character that a header value cannot have, such as CR, LF or NUL. */
export function hasControlCharacters(text: string): boolean {
  return controlCharacters.test(text);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose.
const controlCharacters = /[\u0000-\u001f\u007f]/;

function assertUuid(kind: string, text: string): string {
  if (!isUuid(text)) throw badId(kind, "is not a UUID");
  return text;
}

function badId(kind: string, problem: string): MioError {
  return new MioError("envelope.bad_id", `The ${kind} id ${problem}.`, { details: { kind } });
}

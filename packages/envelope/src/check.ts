import { MioError } from "@mio/failure";
import { isKnownChannelType, type Message, type SendCommand } from "@mio/proto";
import { hasControlCharacters } from "./ids.ts";
import { maxIdBytes } from "./sanitize-draft.ts";
import { isSubjectToken, maxTokenLength } from "./subjects.ts";

/** The only `schema_version` of `mio.v1`. */
export const schemaVersion = 1;

/** A problem of a message or command. It never contains the value. */
export interface Problem {
  /** The field's name in the contract, for example `tenant_id`. */
  readonly field: string;
  readonly problem: string;
}

/** All problems that forbid publishing `message`; empty if there are none. */
export function checkMessage(message: Message): readonly Problem[] {
  return [
    ...checkAddress(message),
    ...problemIf(message.id === "", "id", "is required"),
    ...problemIf(message.sourceMessageId === "", "source_message_id", "is required"),
  ];
}

/** All problems that forbid publishing or carrying out `command`; empty if there are none. */
export function checkCommand(command: SendCommand): readonly Problem[] {
  const edited = command.editOfMessageId;
  return [
    ...checkAddress(command),
    ...problemIf(command.id === "", "id", "is required"),
    ...problemIf(edited !== "" && !isSubjectToken(edited), "edit_of_message_id", tokenRule),
    ...idsOf(command).flatMap(([field, id]) => checkId(field, id)),
    ...problemIf(!isTime(command.sendAt), "send_at", "is not a time between the years 1 and 9999"),
  ];
}

/** Ids that are not subject tokens: they are stored in Postgres or become part of a header. */
function idsOf(command: SendCommand): readonly (readonly [field: string, id: string])[] {
  const { relation, attributes } = command;
  return [
    ["id", command.id],
    ["tenant_id", command.tenantId],
    ["conversation_external_id", command.conversationExternalId],
    ["parent_conversation_id", command.parentConversationId],
    ["thread_root_message_id", command.threadRootMessageId],
    ["edit_of_external_id", command.editOfExternalId],
    ["relation.target_message_id", relation?.targetMessageId ?? ""],
    ["relation.target_external_id", relation?.targetExternalId ?? ""],
    ["relation.reaction_emoji", relation?.reactionEmoji ?? ""],
    ["attributes.replaces_send_id", attributes["replaces_send_id"] ?? ""],
  ];
}

function checkId(field: string, id: string): readonly Problem[] {
  return [
    ...problemIf(hasControlCharacters(id), field, "contains control characters"),
    ...problemIf(Buffer.byteLength(id) > maxIdBytes, field, `is longer than ${maxIdBytes} bytes`),
  ];
}

/** The range of google.protobuf.Timestamp. */
function isTime(time: SendCommand["sendAt"]): boolean {
  if (time === undefined) return true;
  const { seconds, nanos } = time;
  return seconds >= firstSecond && seconds <= lastSecond && nanos >= 0 && nanos < 1_000_000_000;
}

const firstSecond = -62_135_596_800n;
const lastSecond = 253_402_300_799n;

/** @throws MioError `envelope.invalid` listing every problem. */
export function assertMessage(message: Message): void {
  assertNone("message", checkMessage(message));
}

/** @throws MioError `envelope.invalid` listing every problem. */
export function assertCommand(command: SendCommand): void {
  assertNone("command", checkCommand(command));
}

/** The problems as one line: `tenant_id is required; text is too long`. */
export function describeProblems(problems: readonly Problem[]): string {
  return problems.map(({ field, problem }) => `${field} ${problem}`).join("; ");
}

const tokenRule = `may hold only ASCII letters, digits, _ and -, at most ${maxTokenLength} of them`;

function checkAddress(envelope: Message | SendCommand): readonly Problem[] {
  return [
    ...problemIf(envelope.schemaVersion !== schemaVersion, "schema_version", `must be ${schemaVersion}`),
    ...problemIf(envelope.tenantId === "", "tenant_id", "is required"),
    ...checkToken("account_id", envelope.accountId),
    ...problemIf(!isKnownChannelType(envelope.channelType), "channel_type", "is not an active channel"),
    ...checkToken("conversation_id", envelope.conversationId),
  ];
}

function checkToken(field: string, value: string): readonly Problem[] {
  if (value === "") return [{ field, problem: "is required" }];
  return problemIf(!isSubjectToken(value), field, tokenRule);
}

function problemIf(wrong: boolean, field: string, problem: string): readonly Problem[] {
  return wrong ? [{ field, problem }] : [];
}

function assertNone(what: string, problems: readonly Problem[]): void {
  if (problems.length === 0) return;
  throw new MioError("envelope.invalid", `The ${what} is invalid: ${describeProblems(problems)}.`, {
    details: { fields: problems.map(({ field }) => field).join(",") },
  });
}

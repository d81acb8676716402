import { type CallContext, DeliveryError, type Sender } from "@mio/channel-kit";
import { isUuid, sanitizeId } from "@mio/envelope";
import type { MioError } from "@mio/failure";
import { MessageRelation_Kind, type SendCommand } from "@mio/proto";
import type { AnsweredMessage } from "@mio/store";
import type { DeliveryPolicy } from "../config.ts";
import { commandOfSourceId, isLastWord, replacesSendId } from "./read-command.ts";
import { type RefusalReason, refusal } from "./refusal.ts";

/** One platform call, ready to be made. */
export interface PreparedDelivery {
  readonly kind: "prepared";
  readonly operation: "send" | "edit" | "delete" | "reaction";
  /** Doing it twice shows the same as doing it once, so a call of unknown fate is repeated. */
  readonly repeatable: boolean;
  /** An edit whose target is unknown, delivered as a post. */
  readonly isFallback: boolean;
  readonly command: SendCommand;
  readonly threadRootExternalId: string | undefined;
  /** The messages that the call changes, the one that was named first; empty for a post. */
  readonly targetExternalIds: readonly string[];
  readonly sender: Sender;
  readonly call: (context: CallContext) => ReturnType<Sender["send"]>;
}

export interface Refused {
  readonly kind: "refused";
  readonly error: MioError;
}

export type Preparation =
  | PreparedDelivery
  | Refused
  /** Its target is scheduled for `dueAt`, and the command follows it. An edit names the command it waits for. */
  | { readonly kind: "postponed"; readonly dueAt: Date; readonly waitsFor?: string }
  /** It takes back a scheduled command. */
  | { readonly kind: "cancels"; readonly commandId: string }
  /** The edit has no target, and its sender wants no post instead. */
  | { readonly kind: "dropped" };

/** The part of a prepared delivery that depends on the operation. */
export type Call = Omit<PreparedDelivery, "kind" | "sender" | "threadRootExternalId">;

/** The channel's method that changes an existing message. */
export interface Change {
  readonly operation: "edit" | "delete" | "reaction";
  readonly method: NonNullable<Sender["edit"]>;
}

export function changeCall(
  { method, operation }: Change,
  command: SendCommand,
  targets: readonly [string, ...string[]],
): Call {
  const [first] = targets;
  // A reaction is to one message, however many the post has.
  const targetExternalIds = operation === "reaction" ? [first] : targets;
  const call = (context: CallContext) => method(command, first, context);
  return { operation, repeatable: true, isFallback: false, command, targetExternalIds, call };
}

export function sendCall(sender: Sender, command: SendCommand): Call {
  return {
    operation: "send",
    repeatable: false,
    isFallback: false,
    command,
    targetExternalIds: [],
    call: (context) => sender.send(command, context),
  };
}

/** The post that replaces an edit without a target. */
export function postInstead(sender: Sender, command: SendCommand): Call {
  return { ...sendCall(sender, withoutTarget(command)), isFallback: true };
}

/** So that no adapter takes the post for an edit. */
function withoutTarget(command: SendCommand): SendCommand {
  const { relation: _relation, ...rest } = command;
  const attributes = Object.entries(command.attributes).filter(([key]) => key !== replacesSendId);
  return {
    ...rest,
    editOfExternalId: "",
    editOfMessageId: "",
    attributes: Object.fromEntries(attributes),
  };
}

export function refused(reason: RefusalReason, message: string): Refused {
  return { kind: "refused", error: refusal(reason, message) };
}

export function unknownMessage(): Refused {
  return refused("no_target", "The message is not known to Mio.");
}

/** The attribute by which a command names the message that it answers, by Mio's id or the platform's. */
const repliedTo = "replied_to";

/**
 * The message that a command answers: the target of its reply and what `replied_to` names, else the root of its thread.
 * Undefined for commands that answer nothing: deletions, reactions, and the pool's own last words.
 */
export function answeredBy(delivery: AnsweringDelivery): AnsweredMessage | undefined {
  if (!isAnswer(delivery)) return undefined;
  const { command, operation, threadRootExternalId: root, targetExternalIds } = delivery;
  const named = command.attributes[repliedTo] ?? "";
  const messageId = isUuid(named) ? named : undefined;
  const replied =
    command.relation?.kind === MessageRelation_Kind.REPLY ? command.relation.targetExternalId : "";
  const externalIds = [replied, messageId === undefined ? named : ""].filter(isOfPlatform);
  // An edit of a finished answer is delivered: it may take something back.
  const growing = operation === "edit" ? { growingExternalId: targetExternalIds[0] } : {};
  if (externalIds.length > 0 || messageId !== undefined) return { externalIds, messageId, ...growing };
  return root === undefined ? undefined : { externalIds: [root], ...growing };
}

type AnsweringDelivery = Pick<
  PreparedDelivery,
  "operation" | "command" | "threadRootExternalId" | "targetExternalIds"
>;

function isAnswer({ operation, command }: AnsweringDelivery): boolean {
  return (operation === "send" || operation === "edit") && !isLastWord(command);
}

function isOfPlatform(id: string): boolean {
  return id !== "" && commandOfSourceId(id) === undefined;
}

/** Which call of a command it is, and what the earlier ones are known to have made. */
export interface Progress {
  readonly attempt: number;
  /** Platform ids, in order. */
  readonly alreadySent: readonly string[];
}

/** What an adapter gets beside the command. */
export function toCallContext(
  { threadRootExternalId, targetExternalIds }: PreparedDelivery,
  { attempt, alreadySent }: Progress,
  {
    signal,
    openAttachment = hasNoFile,
  }: Pick<CallContext, "signal"> & Pick<Partial<CallContext>, "openAttachment">,
): CallContext {
  const thread = threadRootExternalId === undefined ? {} : { threadRootExternalId };
  return { signal, openAttachment, ...thread, attempt, alreadySent, targetExternalIds };
}

function hasNoFile(): Promise<never> {
  const message = "The attachment names no stored file.";
  return Promise.reject(new DeliveryError({ kind: "permanent", reason: "invalid", message }));
}

/** Whether a command has files of the media vault. */
export function hasFiles({ attachments }: Pick<SendCommand, "attachments">): boolean {
  return attachments.some(({ storageKey }) => storageKey !== "");
}

/** The deadline of a platform call for this command, in ms. */
export function callTimeoutOf(
  { callTimeoutMs, fileTimeoutMs }: Pick<DeliveryPolicy, "callTimeoutMs" | "fileTimeoutMs">,
  command: Pick<SendCommand, "attachments">,
): number {
  return hasFiles(command) ? callTimeoutMs + fileTimeoutMs : callTimeoutMs;
}

/**
 * How one platform call went. Only with `unknown` may the platform show more than `externalIds`: the ids that this call
 * and those before it are known to have made.
 */
export type CallResult = { readonly externalIds: readonly string[] } & (
  | { readonly kind: "sent" }
  /** `afterMs` is the delay that the platform asked for; undefined when it named none. */
  | { readonly kind: "throttled"; readonly afterMs: number | undefined; readonly error: MioError }
  | { readonly kind: "transient"; readonly afterMs: number; readonly error: MioError }
  | { readonly kind: "permanent" | "unknown"; readonly error: MioError }
);

/**
 * Adds the ids that an adapter reports to those that are known: an adapter reports all of them, or only new ones. Ids are
 * sanitised so that they can be stored.
 */
export function joinIds(known: readonly string[], reported: readonly string[]): readonly string[] {
  const ids: string[] = [];
  for (const id of [...known, ...reported.map(sanitizeId)]) if (id !== "" && !ids.includes(id)) ids.push(id);
  return ids;
}

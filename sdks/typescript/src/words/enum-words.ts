import { MioError } from "@mio/failure";
import {
  Attachment_ErrorCode,
  Attachment_Kind,
  DeliveryReceipt_State,
  MessageRelation_Kind,
  RichButton_Style,
  RichButtonAction_Kind,
  SendCommand_EditFallback,
  SendCommand_Stage,
  ConversationKind as WireConversationKind,
} from "@mio/proto";

/** What kind of conversation a message was said in; `unspecified` also for kinds that this SDK does not know. */
export type ConversationKind =
  | "dm"
  | "group_dm"
  | "public_channel"
  | "private_channel"
  | "thread"
  | "forum_post"
  | "broadcast"
  | "unspecified";

/** What a message is in relation to another one; `none` for an ordinary message. */
export type RelationKind = "none" | "reply" | "edit" | "delete" | "reaction" | "pin" | "unknown";

/** What an attachment is. A `link` has only an address, nothing to download. */
export type AttachmentKind = "image" | "file" | "audio" | "video" | "link" | "unspecified";

/** Whether Mio kept an attachment: `ok` if it did, `unspecified` if it has not tried, otherwise the reason why not. */
export type AttachmentErrorCode =
  | "ok"
  | "expired"
  | "forbidden"
  | "not_found"
  | "too_large"
  | "storage"
  | "timeout"
  | "unspecified";

/**
 * How a command ended.
 *
 * - `sent`: the platform has it.
 * - `failed`: not delivered, and will not be retried.
 * - `unknown`: it may or may not have been delivered, and will not be retried.
 * - `suppressed`: left out on purpose; `reason` says why.
 * - `unspecified`: a state that this SDK does not know.
 */
export type ReceiptState = "sent" | "failed" | "unknown" | "suppressed" | "unspecified";

/**
 * Whether more follows in a message. It decides who goes first when a platform limits calls.
 *
 * - `placeholder`: a sign of life such as "thinking…", which an edit will replace.
 * - `partial`: the beginning of a text that grows; each edit carries the whole text so far.
 * - `final`: the complete text.
 */
export type Stage = "placeholder" | "partial" | "final";

/** What happens to an edit whose target is unknown, gone or no longer editable: a new message, nothing, or a failure. */
export type EditFallback = "new" | "drop" | "fail";

/** How a button looks. */
export type ButtonStyle = "primary" | "danger" | "neutral";

/** What pressing a button does. */
export type ButtonActionKind = "open_url" | "preview_url" | "copy" | "invoke_function";

/** The words of an enum: one for each of its values, or undefined for a value that programs express by leaving it out. */
type Words<Enum extends number, Word extends string> = Readonly<Record<Enum, Word | undefined>>;

export const conversationKinds: Words<WireConversationKind, ConversationKind> = {
  [WireConversationKind.UNSPECIFIED]: "unspecified",
  [WireConversationKind.DM]: "dm",
  [WireConversationKind.GROUP_DM]: "group_dm",
  [WireConversationKind.CHANNEL_PUBLIC]: "public_channel",
  [WireConversationKind.CHANNEL_PRIVATE]: "private_channel",
  [WireConversationKind.THREAD]: "thread",
  [WireConversationKind.FORUM_POST]: "forum_post",
  [WireConversationKind.BROADCAST]: "broadcast",
};

export const relationKinds: Words<MessageRelation_Kind, RelationKind> = {
  [MessageRelation_Kind.UNSPECIFIED]: "none",
  [MessageRelation_Kind.REPLY]: "reply",
  [MessageRelation_Kind.EDIT]: "edit",
  [MessageRelation_Kind.DELETE]: "delete",
  [MessageRelation_Kind.REACTION]: "reaction",
  [MessageRelation_Kind.PIN]: "pin",
};

export const attachmentKinds: Words<Attachment_Kind, AttachmentKind> = {
  [Attachment_Kind.UNSPECIFIED]: "unspecified",
  [Attachment_Kind.IMAGE]: "image",
  [Attachment_Kind.FILE]: "file",
  [Attachment_Kind.AUDIO]: "audio",
  [Attachment_Kind.VIDEO]: "video",
  [Attachment_Kind.LINK]: "link",
};

export const attachmentErrorCodes: Words<Attachment_ErrorCode, AttachmentErrorCode> = {
  [Attachment_ErrorCode.UNSPECIFIED]: "unspecified",
  [Attachment_ErrorCode.OK]: "ok",
  [Attachment_ErrorCode.EXPIRED]: "expired",
  [Attachment_ErrorCode.FORBIDDEN]: "forbidden",
  [Attachment_ErrorCode.NOT_FOUND]: "not_found",
  [Attachment_ErrorCode.TOO_LARGE]: "too_large",
  [Attachment_ErrorCode.STORAGE]: "storage",
  [Attachment_ErrorCode.TIMEOUT]: "timeout",
};

export const receiptStates: Words<DeliveryReceipt_State, ReceiptState> = {
  [DeliveryReceipt_State.UNSPECIFIED]: "unspecified",
  [DeliveryReceipt_State.SENT]: "sent",
  [DeliveryReceipt_State.FAILED]: "failed",
  [DeliveryReceipt_State.UNKNOWN]: "unknown",
  [DeliveryReceipt_State.SUPPRESSED]: "suppressed",
};

export const stages: Words<SendCommand_Stage, Stage> = {
  [SendCommand_Stage.UNSPECIFIED]: undefined,
  [SendCommand_Stage.PLACEHOLDER]: "placeholder",
  [SendCommand_Stage.PARTIAL]: "partial",
  [SendCommand_Stage.FINAL]: "final",
};

export const editFallbacks: Words<SendCommand_EditFallback, EditFallback> = {
  [SendCommand_EditFallback.UNSPECIFIED]: undefined,
  [SendCommand_EditFallback.NEW]: "new",
  [SendCommand_EditFallback.DROP]: "drop",
  [SendCommand_EditFallback.FAIL]: "fail",
};

export const buttonStyles: Words<RichButton_Style, ButtonStyle> = {
  [RichButton_Style.UNSPECIFIED]: undefined,
  [RichButton_Style.PRIMARY]: "primary",
  [RichButton_Style.DANGER]: "danger",
  [RichButton_Style.NEUTRAL]: "neutral",
};

export const buttonActionKinds: Words<RichButtonAction_Kind, ButtonActionKind> = {
  [RichButtonAction_Kind.UNSPECIFIED]: undefined,
  [RichButtonAction_Kind.OPEN_URL]: "open_url",
  [RichButtonAction_Kind.PREVIEW_URL]: "preview_url",
  [RichButtonAction_Kind.COPY]: "copy",
  [RichButtonAction_Kind.INVOKE_FUNCTION]: "invoke_function",
};

/** The word of a number of the wire; `unknown` for a number of a later version. */
export function toWord<Word extends string>(words: Words<number, Word>, value: number, unknown: Word): Word {
  return words[value] ?? unknown;
}

/**
 * The number that the wire has for a word.
 *
 * @throws MioError `sdk.invalid_option` for a word that does not exist
 */
export function toEnum<Enum extends number, Word extends string>(words: Words<Enum, Word>, word: Word): Enum {
  const entries = Object.entries<Word | undefined>(words);
  const [value] = entries.find((entry) => entry[1] === word) ?? [];
  if (value !== undefined) return Number(value) as Enum;
  const known = entries.flatMap((entry) => (entry[1] === undefined ? [] : [`"${entry[1]}"`]));
  throw new MioError("sdk.invalid_option", `"${word}" is not one of ${known.join(", ")}.`);
}

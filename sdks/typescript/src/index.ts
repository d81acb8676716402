export { type ErrorCode, MioError } from "@mio/failure";
export { commandId } from "./commands/command-id.ts";
export type { EditInit } from "./commands/edit.ts";
export type { ReactOptions } from "./commands/react.ts";
export type { ReceiptOptions } from "./commands/receipt.ts";
export type { RemoveInit } from "./commands/remove.ts";
export type { ReplyOptions } from "./commands/reply.ts";
export type { CommandContent, SendInit, SentCommand } from "./commands/send.ts";
export type { TargetInit } from "./commands/target.ts";
export { type ConnectOptions, type Credentials, connect } from "./connect.ts";
export type { MioEvent, SkipReason } from "./events.ts";
export type { EditOptions, IncomingMessage, RemoveOptions } from "./incoming-message.ts";
export type { MessagesOptions } from "./messages.ts";
export type { Mio } from "./mio.ts";
export type { ServeOptions } from "./serve.ts";
export type { StreamOptions, StreamPlace } from "./stream.ts";
export type { StreamedAnswer } from "./streaming/stream-answer.ts";
export type { StreamSettings } from "./streaming/stream-settings.ts";
export type { AttachmentInit } from "./words/command-fields.ts";
export type {
  AttachmentErrorCode,
  AttachmentKind,
  ButtonActionKind,
  ButtonStyle,
  ConversationKind,
  EditFallback,
  ReceiptState,
  RelationKind,
  Stage,
} from "./words/enum-words.ts";
export type { Attachment, Message, Relation, Sender } from "./words/message.ts";
export type { Receipt } from "./words/receipt.ts";
export type {
  RichBlockInit,
  RichButtonActionInit,
  RichButtonInit,
  RichCardInit,
  RichContentInit,
} from "./words/rich-content.ts";

export { type ErrorCode, MioError } from "@mio/failure";
export {
  type Attachment,
  Attachment_Kind as AttachmentKind,
  ConversationKind,
  type Message,
  type RichContent,
} from "@mio/proto";
export { commandId } from "./commands/command-id.ts";
export type { EditInit } from "./commands/edit.ts";
export type { ReactOptions } from "./commands/react.ts";
export type { ReceiptOptions } from "./commands/receipt.ts";
export type { RemoveInit } from "./commands/remove.ts";
export type { ReplyOptions } from "./commands/reply.ts";
export type {
  AttachmentInit,
  CommandContent,
  RichContentInit,
  SendInit,
  SentCommand,
} from "./commands/send.ts";
export type { TargetInit } from "./commands/target.ts";
export { type ConnectOptions, type Credentials, connect } from "./connect.ts";
export type { MioEvent, SkipReason } from "./events.ts";
export type { EditOptions, IncomingMessage, RelationKind, RemoveOptions } from "./incoming-message.ts";
export type { MessagesOptions } from "./messages.ts";
export type { Mio } from "./mio.ts";
export type { ServeOptions } from "./serve.ts";
export type { StreamOptions, StreamPlace } from "./stream.ts";
export type { StreamedAnswer } from "./streaming/stream-answer.ts";
export type { StreamSettings } from "./streaming/stream-settings.ts";
export type { ConversationKindWord } from "./words/conversation-kind.ts";
export { type Receipt, ReceiptState } from "./words/receipt-words.ts";
export type { EditFallback, Stage } from "./words/wire-words.ts";

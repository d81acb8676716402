export { type ErrorCode, MioError } from "@mio/failure";
export {
  type Attachment,
  Attachment_Kind as AttachmentKind,
  ConversationKind,
  type Message,
  type RichContent,
} from "@mio/proto";
export { commandId } from "./command-id.ts";
export { type ConnectOptions, type Credentials, connect } from "./connect.ts";
export type { ConversationKindWord } from "./conversation-kind.ts";
export type { EditInit } from "./edit.ts";
export type { MioEvent, SkipReason } from "./events.ts";
export type { EditOptions, IncomingMessage, RelationKind, RemoveOptions } from "./incoming-message.ts";
export type { MessagesOptions } from "./messages.ts";
export type { Mio } from "./mio.ts";
export type { ReactOptions } from "./react.ts";
export type { ReceiptOptions } from "./receipt.ts";
export { type Receipt, ReceiptState } from "./receipt-words.ts";
export type { RemoveInit } from "./remove.ts";
export type { ReplyOptions } from "./reply.ts";
export type { AttachmentInit, CommandContent, RichContentInit, SendInit, SentCommand } from "./send.ts";
export type { ServeOptions } from "./serve.ts";
export type { StreamOptions, StreamPlace } from "./stream.ts";
export type { StreamedAnswer } from "./streaming/stream-answer.ts";
export type { StreamSettings } from "./streaming/stream-settings.ts";
export type { TargetInit } from "./target.ts";
export type { EditFallback, Stage } from "./wire-words.ts";

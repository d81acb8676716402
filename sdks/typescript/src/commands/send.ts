import { create } from "@bufbuild/protobuf";
import { assertCommand, encodeCommand, newId, outboundDedupId, outboundSubject } from "@mio/envelope";
import { type SendCommand, SendCommandSchema } from "@mio/proto";
import type { Context } from "@opentelemetry/api";
import { publish } from "../connection/publish.ts";
import type { Session } from "../connection/session.ts";
import { currentTrace } from "../connection/trace.ts";
import { type AttachmentInit, toWireAttachment, toWireFields } from "../words/command-fields.ts";
import type { Stage } from "../words/enum-words.ts";
import { type RichContentInit, toWireRichContent } from "../words/rich-content.ts";

/** What a command shows in the chat, and when. */
export interface CommandContent {
  /** The text, in the plain Markdown that the channel translates. */
  readonly text: string;
  readonly attachments?: readonly AttachmentInit[];
  readonly richContent?: RichContentInit;
  /** What the channel must know besides, for example the name of the channel to post to. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** Shows it then and not before, at most a year ahead; {@link Mio.remove} cancels it. At once when absent or past. */
  readonly sendAt?: Date;
  /** Whether more follows in this message. An edit is `final` unless told otherwise; a post says nothing. */
  readonly stage?: Stage;
  /** Lets mentions of everybody in a place notify them, such as `<!here>` and `{@all}`; else they are plain text. Default false. */
  readonly allowBroadcast?: boolean;
}

/** Settings of {@link Mio.send}: what to say and where. */
export interface SendInit extends CommandContent {
  readonly tenantId: string;
  readonly accountId: string;
  /** A name of the channel registry, for example `zoho_cliq`. */
  readonly channelType: string;
  /** Mio's id of the conversation. */
  readonly conversationId: string;
  /** The platform's id of the conversation. */
  readonly conversationExternalId: string;
  readonly parentConversationId?: string;
  /** The message whose thread this goes to; the conversation itself when absent. */
  readonly threadRootMessageId?: string;
  /** A UUID that names this command for ever; sending it again posts nothing new. Default: a fresh one. */
  readonly id?: string;
}

/** A command that is stored: awaited with {@link Mio.receipt}, changed with {@link Mio.edit}. */
export interface SentCommand {
  readonly commandId: string;
  readonly tenantId: string;
  readonly accountId: string;
  readonly channelType: string;
  readonly conversationId: string;
  readonly conversationExternalId: string;
  readonly parentConversationId: string;
  /** The thread it went to; an edit of it that has to be posted anew goes there too. */
  readonly threadRootMessageId?: string;
  /** The attributes it was sent with; an edit of it carries them too. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Whether the server already had a command with this id. */
  readonly duplicate: boolean;
}

export async function sendCommand(
  session: Session,
  init: SendInit,
  incoming?: Context,
): Promise<SentCommand> {
  const { attachments, attributes, richContent, id, sendAt: _at, stage: _stage, ...plain } = init;
  const command = create(SendCommandSchema, {
    ...plain,
    id: id ?? newId(),
    schemaVersion: 1,
    attachments: (attachments ?? []).map(toWireAttachment),
    attributes: { ...attributes },
    ...(richContent && { richContent: toWireRichContent(richContent) }),
    ...toWireFields(init),
  });
  return await storeCommand(session, command, incoming);
}

/** Checks a command and puts it on the stream. */
export async function storeCommand(
  session: Session,
  command: SendCommand,
  incoming?: Context,
): Promise<SentCommand> {
  assertCommand(command);
  const duplicate = await publish(session, {
    commandId: command.id,
    subject: outboundSubject(command),
    dedupId: outboundDedupId(command.id),
    payload: encodeCommand(command),
    trace: currentTrace(incoming),
  });
  const { id: commandId, threadRootMessageId: thread } = command;
  return {
    ...addressOf(command),
    ...(thread === "" ? {} : { threadRootMessageId: thread }),
    commandId,
    attributes: { ...command.attributes },
    duplicate,
  };
}

/** The fields that say where a message or command belongs. */
export function addressOf(
  place: Pick<
    SendCommand,
    | "tenantId"
    | "accountId"
    | "channelType"
    | "conversationId"
    | "conversationExternalId"
    | "parentConversationId"
  >,
): Omit<SentCommand, "commandId" | "threadRootMessageId" | "attributes" | "duplicate"> {
  return {
    tenantId: place.tenantId,
    accountId: place.accountId,
    channelType: place.channelType,
    conversationId: place.conversationId,
    conversationExternalId: place.conversationExternalId,
    parentConversationId: place.parentConversationId,
  };
}

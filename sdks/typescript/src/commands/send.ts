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
  /** Markdown, which the channel translates. */
  readonly text: string;
  readonly attachments?: readonly AttachmentInit[];
  readonly richContent?: RichContentInit;
  /** Further values for the channel, for example the name of the channel to post to. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** When to show it, at most a year ahead; {@link Mio.remove} cancels it. Default, and for a past date: at once. */
  readonly sendAt?: Date;
  /** Whether more follows in this message. Default: `final` for an edit, none for a post. */
  readonly stage?: Stage;
  /** Whether `<!here>`, `{@all}` and the like notify everybody; otherwise they are plain text. Default false. */
  readonly allowBroadcast?: boolean;
}

/** Settings of {@link Mio.send}: the content and the conversation. */
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
  /** The first message of the thread to post in. Default: the conversation itself. */
  readonly threadRootMessageId?: string;
  /** The UUID of this command. A command with the same id is posted once. Default: a new one. */
  readonly id?: string;
}

/** A stored command, for {@link Mio.receipt}, {@link Mio.edit} and {@link Mio.remove}. */
export interface SentCommand {
  readonly commandId: string;
  readonly tenantId: string;
  readonly accountId: string;
  readonly channelType: string;
  readonly conversationId: string;
  readonly conversationExternalId: string;
  readonly parentConversationId: string;
  /** The thread it went to. An edit that has to become a new post goes there too. */
  readonly threadRootMessageId?: string;
  /** The attributes it was sent with. Its edits have them too. */
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

/** The fields that locate a message or a command. */
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

import { create } from "@bufbuild/protobuf";
import { type Message, MessageRelation_Kind, SendCommandSchema } from "@mio/proto";
import type { Context } from "@opentelemetry/api";
import type { Session } from "../connection/session.ts";
import { replyAttributes } from "./reply.ts";
import { addressOf, type CommandContent, type SentCommand, storeCommand } from "./send.ts";
import { subjectOf } from "./subject.ts";

/** Settings of {@link IncomingMessage.react}. */
export interface ReactOptions extends Pick<CommandContent, "attributes"> {
  /** The name of this reaction among those to one message. Default `react-1`, `react-2`, … by order of the calls. */
  readonly step?: string;
  /** Removes the reaction instead of adding it. Default false. */
  readonly isRemoval?: boolean;
}

/** A reaction to a message, with its id. */
export interface ReactInit extends Pick<ReactOptions, "attributes" | "isRemoval"> {
  readonly id: string;
  readonly message: Message;
  readonly emoji: string;
}

export async function reactCommand(
  session: Session,
  { id, message, emoji, attributes, isRemoval = false }: ReactInit,
  incoming?: Context,
): Promise<SentCommand> {
  const command = create(SendCommandSchema, {
    ...addressOf(message),
    id,
    schemaVersion: 1,
    attributes: {
      ...replyAttributes(message),
      ...(isRemoval ? { mio_reaction_removed: "true" } : {}),
      ...attributes,
    },
    relation: { kind: MessageRelation_Kind.REACTION, ...subjectOf(message), reactionEmoji: emoji },
  });
  return await storeCommand(session, command, incoming);
}

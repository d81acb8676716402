import { type Message, MessageRelation_Kind } from "@mio/proto";

/** The message that can be reacted to and answered in a thread, by either of its names. */
export interface Subject {
  /** A message's UUID or a command's id; empty when only the platform's id is known. */
  readonly targetMessageId: string;
  readonly targetExternalId: string;
}

/** Tells the command, of messages that show what a command posted. */
const commandIdKey = "mio_command_id";

/** An edit, deletion, reaction or pin is no message itself, but about one. */
export function subjectOf(message: Message): Subject {
  switch (message.relation?.kind) {
    case MessageRelation_Kind.EDIT:
    case MessageRelation_Kind.DELETE:
    case MessageRelation_Kind.REACTION:
    case MessageRelation_Kind.PIN: {
      const { targetMessageId, targetExternalId } = message.relation;
      return { targetMessageId, targetExternalId };
    }
    default: {
      const commandId = message.attributes[commandIdKey];
      return commandId
        ? { targetMessageId: commandId, targetExternalId: "" }
        : { targetMessageId: message.id, targetExternalId: message.sourceMessageId };
    }
  }
}

import { type Message, MessageRelation_Kind } from "@mio/proto";

/** The message that a reaction or a thread belongs to, by one of its ids. */
export interface Subject {
  /** A message's UUID or a command's id; empty when only the platform's id is known. */
  readonly targetMessageId: string;
  readonly targetExternalId: string;
}

/** The attribute with the command id, on messages that show what a command posted. */
const commandIdKey = "mio_command_id";

/** The message itself; for an edit, deletion, reaction or pin the message that it is about. */
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

import { MessageRelation_Kind as Kind, type Message } from "@mio/proto";

/**
 * The source id of the message that an event is about: its own, or that of the message it edits, deletes, pins or
 * reacts to. Events with the same identity are published in stream order.
 */
export function identityOf(message: Message): string {
  const target = targetOf(message);
  return target === undefined || isReply(message) ? message.sourceMessageId : target;
}

/** The source id of the target message; undefined without one. */
export function targetOf(message: Message): string | undefined {
  return message.relation?.targetExternalId || undefined;
}

/** A reply has a target but is a separate message: edits of it refer to it, not to that target. */
function isReply({ relation }: Message): boolean {
  return relation?.kind === Kind.REPLY || relation?.kind === Kind.UNSPECIFIED;
}

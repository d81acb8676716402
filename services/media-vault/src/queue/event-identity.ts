import { MessageRelation_Kind as Kind, type Message } from "@mio/proto";

/**
 * The source id of the message an event is about: its own, or that of the message it edits, deletes, pins or reacts to.
 * Events with one identity are published in stream order.
 */
export function identityOf(message: Message): string {
  const target = targetOf(message);
  return target === undefined || isReply(message) ? message.sourceMessageId : target;
}

/** The source id of the message that an event points to; undefined when it points to none. */
export function targetOf(message: Message): string | undefined {
  return message.relation?.targetExternalId || undefined;
}

/** A reply points to another message and is one of its own: edits of it name it, not what it replies to. */
function isReply({ relation }: Message): boolean {
  return relation?.kind === Kind.REPLY || relation?.kind === Kind.UNSPECIFIED;
}

import type { Delivery } from "@mio/bus";
import { decodeMessage } from "@mio/envelope";
import { MessageRelation_Kind as Kind, type Message } from "@mio/proto";

/**
 * The message an event is about, within its account: itself, or the one it edits, deletes, pins or
 * reacts to. Events with one identity are published in the order in which they came.
 */
export function identityOf(message: Message): string {
  const target = targetOf(message);
  return target === undefined || isReply(message) ? identity(message, message.sourceMessageId) : target;
}

/** The identity of the message that an event points to; undefined when it points to none. */
export function targetOf(message: Message): string | undefined {
  const target = message.relation?.targetExternalId ?? "";
  return target === "" ? undefined : identity(message, target);
}

/** Undefined for a payload that is no message; whoever handles it will say so. */
export function orderOfDelivery(delivery: Pick<Delivery, "payload">): string | undefined {
  try {
    return identityOf(decodeMessage(delivery.payload));
  } catch {
    return undefined;
  }
}

/** A reply points to another message and is one of its own: edits of it name it, not what it replies to. */
function isReply({ relation }: Message): boolean {
  return relation?.kind === Kind.REPLY || relation?.kind === Kind.UNSPECIFIED;
}

function identity({ accountId }: Message, sourceMessageId: string): string {
  return `${accountId}|${sourceMessageId}`;
}

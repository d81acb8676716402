import { type CallContext, DeliveryError } from "@mio/channel-kit";
import { MessageRelation_Kind, type SendCommand } from "@mio/proto";
import { attributeKeys } from "./attribute-keys.ts";
import { isTs, parseCompositeId } from "./composite-id.ts";

/** Where a message goes. */
export interface Address {
  readonly channel: string;
  readonly thread: Thread | undefined;
  /** A reply in a thread is also shown in the channel. */
  readonly broadcast: boolean;
}

export interface Thread {
  readonly ts: string;
  /** Mio has a record of the root, so it exists. */
  readonly isKnown: boolean;
}

/**
 * The channel and thread of a command.
 *
 * @throws DeliveryError `permanent`/`invalid` if it names no channel, or only threads of another channel: an answer
 * for a thread must not appear in the channel instead.
 */
export function addressOf(command: SendCommand, context: CallContext): Address {
  const channel = command.conversationExternalId;
  if (channel === "") throw invalid("The command names no channel: conversation_external_id is empty.");
  const thread = threadOf(command, context);
  const broadcast = thread !== undefined && command.attributes[attributeKeys.threadBroadcast] === "true";
  return { channel, thread, broadcast };
}

function threadOf(command: SendCommand, context: CallContext): Thread | undefined {
  const named = command.attributes[attributeKeys.threadTs];
  const known = knownRoot(command, context);
  if (named) {
    if (!isTs(named)) throw invalid(`The attribute ${attributeKeys.threadTs} is not the ts of a message.`);
    return { ts: named, isKnown: named === known };
  }
  const targets = [context.threadRootExternalId, replyTarget(command)].filter((id) => id !== undefined);
  if (targets.length === 0) return undefined;
  const here = targets.map((id) => tsIn(command, id)).find((ts) => ts !== undefined);
  if (here === undefined) throw invalid("The thread to answer in is not in the command's channel.");
  return { ts: here, isKnown: here === known };
}

/** The root, if Mio resolved it. A ts that the command itself contains may be wrong. */
function knownRoot(command: SendCommand, { threadRootExternalId }: CallContext): string | undefined {
  if (threadRootExternalId === undefined || threadRootExternalId === command.threadRootMessageId)
    return undefined;
  return tsIn(command, threadRootExternalId);
}

function replyTarget({ relation }: SendCommand): string | undefined {
  return relation?.kind === MessageRelation_Kind.REPLY && relation.targetExternalId !== ""
    ? relation.targetExternalId
    : undefined;
}

function tsIn({ conversationExternalId }: SendCommand, id: string): string | undefined {
  const parsed = parseCompositeId(id);
  return parsed?.channel === conversationExternalId && isTs(parsed.ts) ? parsed.ts : undefined;
}

function invalid(message: string): DeliveryError {
  return new DeliveryError({ kind: "permanent", reason: "invalid", message });
}

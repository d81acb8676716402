import { isUuid } from "@mio/envelope";
import { MessageRelation_Kind } from "@mio/proto";
import type { AnsweredMessage } from "@mio/store";
import { isLastWord } from "../schedule/interim-watch.ts";
import { commandOfSourceId } from "./own-source-id.ts";
import type { PreparedDelivery } from "./prepared-delivery.ts";

/** The attribute by which a command names the message that it answers, by Mio's id or the platform's. */
const repliedTo = "replied_to";

/**
 * The message that a command answers: the target of its reply and what `replied_to` names, else the root of its thread.
 * Undefined for what is no answer: deletions, reactions, and the pool's own last words.
 */
export function answeredBy(delivery: AnsweringDelivery): AnsweredMessage | undefined {
  if (!isAnswer(delivery)) return undefined;
  const { command, operation, threadRootExternalId: root, targetExternalIds } = delivery;
  const named = command.attributes[repliedTo] ?? "";
  const messageId = isUuid(named) ? named : undefined;
  const replied =
    command.relation?.kind === MessageRelation_Kind.REPLY ? command.relation.targetExternalId : "";
  const externalIds = [replied, messageId === undefined ? named : ""].filter(isOfPlatform);
  // An edit of a finished answer is carried out: it may take something back.
  const growing = operation === "edit" ? { growingExternalId: targetExternalIds[0] } : {};
  if (externalIds.length > 0 || messageId !== undefined) return { externalIds, messageId, ...growing };
  return root === undefined ? undefined : { externalIds: [root], ...growing };
}

type AnsweringDelivery = Pick<
  PreparedDelivery,
  "operation" | "command" | "threadRootExternalId" | "targetExternalIds"
>;

function isAnswer({ operation, command }: AnsweringDelivery): boolean {
  return (operation === "send" || operation === "edit") && !isLastWord(command);
}

function isOfPlatform(id: string): boolean {
  return id !== "" && commandOfSourceId(id) === undefined;
}

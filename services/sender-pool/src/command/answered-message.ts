import { isUuid } from "@mio/envelope";
import { MessageRelation_Kind, SendCommand_Stage as Stage } from "@mio/proto";
import type { AnsweredMessage } from "@mio/store";
import { isLastWord } from "../schedule/interim-watch.ts";
import { commandOfSourceId } from "./own-source-id.ts";
import type { PreparedDelivery } from "./prepared-delivery.ts";

/** The attribute by which a command names the message that it answers, by Mio's id or the platform's. */
const repliedTo = "replied_to";

/**
 * The message that a command answers: the target of its reply and what `replied_to` names, else the root of its thread.
 * Undefined for what is no answer: deletions, reactions, edits of what is finished, and the pool's own last words.
 */
export function answeredBy(delivery: AnsweringDelivery): AnsweredMessage | undefined {
  if (!isAnswer(delivery)) return undefined;
  const { command, threadRootExternalId: root } = delivery;
  const named = command.attributes[repliedTo] ?? "";
  const messageId = isUuid(named) ? named : undefined;
  const replied =
    command.relation?.kind === MessageRelation_Kind.REPLY ? command.relation.targetExternalId : "";
  const externalIds = [replied, messageId === undefined ? named : ""].filter(isOfPlatform);
  if (externalIds.length > 0 || messageId !== undefined) return { externalIds, messageId };
  return root === undefined ? undefined : { externalIds: [root] };
}

type AnsweringDelivery = Pick<PreparedDelivery, "operation" | "command" | "threadRootExternalId">;

/** Of the edits only those of an answer that grows. */
function isAnswer({ operation, command }: AnsweringDelivery): boolean {
  if (isLastWord(command)) return false;
  return operation === "send" || (operation === "edit" && command.stage !== Stage.UNSPECIFIED);
}

function isOfPlatform(id: string): boolean {
  return id !== "" && commandOfSourceId(id) === undefined;
}

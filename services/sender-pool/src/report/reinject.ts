import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { Publisher } from "@mio/bus";
import { encodeMessage, enrichedDedupId, enrichedSubject, idFromContent } from "@mio/envelope";
import type { Clock } from "@mio/pacing";
import { MessageRelation_Kind as Kind, MessageSchema, PeerKind, type SendCommand } from "@mio/proto";
import type { DeliveryJob } from "../job/delivery-job.ts";
import { sourceIdOf } from "../job/read-command.ts";

/** Publishes what was sent as a bot message on the enriched stream, which agents read. */
export type Reinject = (job: DeliveryJob, externalIds: readonly string[]) => Promise<void>;

export interface ReinjectOptions {
  readonly publisher: Pick<Publisher, "publish">;
  readonly clock: Pick<Clock, "now">;
}

/** The attributes of such a message: the command it comes from. Other messages have none of them. */
const reinjectedAttributes = { commandId: "mio_command_id" } as const;

/**
 * Platforms do not send an app its own posts, so agents in the same conversation do not see each other's. The stream
 * drops duplicates. Interim messages and reactions are not re-injected.
 */
export function createReinject({ publisher, clock }: ReinjectOptions): Reinject {
  return async ({ command, operation }, externalIds) => {
    if (operation === undefined || operation === "reaction") return;
    const id = idFromContent(`mio.reinjected\n${command.accountId}\n${command.id}`);
    const [target = ""] = externalIds;
    const relation = toRelation(operation, command, target);
    const message = create(MessageSchema, {
      id,
      schemaVersion: command.schemaVersion,
      tenantId: command.tenantId,
      accountId: command.accountId,
      channelType: command.channelType,
      conversationId: command.conversationId,
      conversationExternalId: command.conversationExternalId,
      parentConversationId: command.parentConversationId,
      sourceMessageId: sourceIdOf(command.id),
      threadRootMessageId: command.threadRootMessageId,
      sender: { externalId: "mio", displayName: "", peerKind: PeerKind.UNSPECIFIED, isBot: true },
      text: operation === "delete" ? "" : command.text,
      receivedAt: timestampFromDate(clock.now()),
      attributes: { [reinjectedAttributes.commandId]: command.id },
      ...(relation && { relation }),
    });
    await publisher.publish({
      subject: enrichedSubject(command),
      dedupId: enrichedDedupId(id),
      payload: encodeMessage(message),
    });
  };
}

function toRelation(operation: "send" | "edit" | "delete", command: SendCommand, targetExternalId: string) {
  if (operation === "send") return undefined;
  const kind = operation === "edit" ? Kind.EDIT : Kind.DELETE;
  const named = command.relation?.targetExternalId || command.editOfExternalId || targetExternalId;
  return { kind, targetExternalId: named };
}

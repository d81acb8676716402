import { createHash } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { Publisher } from "@mio/bus";
import { encodeMessage, enrichedDedupId, enrichedSubject } from "@mio/envelope";
import { MessageRelation_Kind as Kind, MessageSchema, PeerKind, type SendCommand } from "@mio/proto";
import type { Clock } from "@mio/service-kit";
import { sourceIdOf } from "../command/own-source-id.ts";
import type { DeliveryJob } from "../delivery/delivery-job.ts";

/** Shows agents what was sent, as a message of a bot, on the stream they read. */
export type Reinject = (job: DeliveryJob, externalIds: readonly string[]) => Promise<void>;

export interface ReinjectOptions {
  readonly publisher: Pick<Publisher, "publish">;
  readonly clock: Pick<Clock, "now">;
}

/** The attributes of such a message: the command it comes from. Ordinary messages have none of them. */
const reinjectedAttributes = { commandId: "mio_command_id" } as const;

/**
 * Platforms do not tell an app its own posts, so agents that share a place do not see each other. Told twice, the stream
 * keeps it once. What is still to be changed is not told; a reaction tells nobody anything.
 */
export function createReinject({ publisher, clock }: ReinjectOptions): Reinject {
  return async ({ command, operation }, externalIds) => {
    if (operation === undefined || operation === "reaction") return;
    const id = toUuid(`${command.accountId}\n${command.id}`);
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

/** Always the same for the same command; of version 8, https://www.rfc-editor.org/rfc/rfc9562#section-5.8 */
function toUuid(name: string): string {
  const bytes = createHash("sha256").update(`mio.reinjected\n${name}`).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

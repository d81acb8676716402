import { create } from "@bufbuild/protobuf";
import { newId } from "@mio/envelope";
import { MessageRelation_Kind, SendCommandSchema } from "@mio/proto";
import type { Context } from "@opentelemetry/api";
import type { Session } from "../connection/session.ts";
import { type CommandContent, type SentCommand, storeCommand } from "./send.ts";
import { type TargetInit, toTarget } from "./target.ts";

/** Settings of {@link Mio.remove}: what to delete or cancel. */
export type RemoveInit = Pick<CommandContent, "attributes"> &
  TargetInit & {
    /** The UUID of this removal. A removal with the same id is carried out once. Default: a new one. */
    readonly id?: string;
  };

export async function removeCommand(
  session: Session,
  init: RemoveInit,
  incoming?: Context,
): Promise<SentCommand> {
  const { address, attributes, commandId, externalId } = toTarget(init);
  const command = create(SendCommandSchema, {
    ...address,
    id: init.id ?? newId(),
    schemaVersion: 1,
    attributes: { ...attributes, ...init.attributes },
    relation: {
      kind: MessageRelation_Kind.DELETE,
      targetMessageId: commandId,
      targetExternalId: externalId,
    },
  });
  return await storeCommand(session, command, incoming);
}

import { MessageRelation_Kind, type SendCommand } from "@mio/proto";
import { commandOfSourceId } from "./own-source-id.ts";

/** A way in which a command names the message it is about. */
export type TargetSource =
  | { readonly by: "external"; readonly id: string }
  /** A command id, or else the UUID of a message. */
  | { readonly by: "command"; readonly id: string };

/** What a command asks for. Whatever is not a post has the sources of its target, the strongest first. */
export type Operation =
  | { readonly kind: "send"; readonly sources: readonly [] }
  | {
      readonly kind: "edit" | "delete" | "reaction" | "pin" | "unknown";
      readonly sources: readonly TargetSource[];
    };

/** The attribute by which a command names the command whose post it edits. */
export const replacesSendId = "replaces_send_id";

export function toOperation(command: SendCommand): Operation {
  const kind = command.relation?.kind ?? MessageRelation_Kind.UNSPECIFIED;
  const edited = editSources(command);
  const related = relationSources(command);
  switch (kind) {
    case MessageRelation_Kind.UNSPECIFIED:
    case MessageRelation_Kind.REPLY:
      return edited.length === 0 ? { kind: "send", sources: [] } : { kind: "edit", sources: edited };
    case MessageRelation_Kind.EDIT:
      return { kind: "edit", sources: [...edited, ...related] };
    case MessageRelation_Kind.DELETE:
      return { kind: "delete", sources: [...related, ...edited] };
    case MessageRelation_Kind.REACTION:
      return { kind: "reaction", sources: [...related, ...edited] };
    case MessageRelation_Kind.PIN:
      return { kind: "pin", sources: [] };
    default:
      return { kind: "unknown", sources: [] };
  }
}

function editSources(command: SendCommand): readonly TargetSource[] {
  return [
    ...source("external", command.editOfExternalId),
    ...source("command", command.attributes[replacesSendId]),
    ...source("command", command.editOfMessageId),
  ];
}

/** How a command names the message that its relation is to. */
export function relationSources({ relation }: Pick<SendCommand, "relation">): readonly TargetSource[] {
  return [...source("external", relation?.targetExternalId), ...source("command", relation?.targetMessageId)];
}

function source(by: TargetSource["by"], id: string | undefined): readonly TargetSource[] {
  if (id === undefined || id === "") return [];
  const own = commandOfSourceId(id);
  return [own === undefined ? { by, id } : { by: "command", id: own }];
}

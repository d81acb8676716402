import { timestampDate } from "@bufbuild/protobuf/wkt";
import { parseSubject } from "@mio/envelope";
import {
  channelTypeAliases,
  MessageRelation_Kind,
  type SendCommand,
  SendCommand_Stage as Stage,
  SendCommand_EditFallback as WireFallback,
} from "@mio/proto";

/** One way in which a command names its target. */
export type TargetSource =
  | { readonly by: "external"; readonly id: string }
  /** A command id, or the UUID of a message. */
  | { readonly by: "command"; readonly id: string };

/** What a command asks for. All but posts name their target; the first source that leads to a message counts. */
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

/** How a command names the target of its relation. */
function relationSources({ relation }: Pick<SendCommand, "relation">): readonly TargetSource[] {
  return [...source("external", relation?.targetExternalId), ...source("command", relation?.targetMessageId)];
}

/** How a command names the message that it replies to; empty for other commands. */
export function repliedSources(command: Pick<SendCommand, "relation">): readonly TargetSource[] {
  return command.relation?.kind === MessageRelation_Kind.REPLY ? relationSources(command) : [];
}

/** Whether a command names a thread or a message that it replies to. */
export function namesPlace(command: SendCommand): boolean {
  return command.threadRootMessageId !== "" || repliedSources(command).length > 0;
}

function source(by: TargetSource["by"], id: string | undefined): readonly TargetSource[] {
  if (id === undefined || id === "") return [];
  const own = commandOfSourceId(id);
  return [own === undefined ? { by, id } : { by: "command", id: own }];
}

/** Before the id of a command, in the source id under which agents see what it posted. */
const ownPrefix = "mio:";

/** The source id of what a command posted; no platform has such ids. */
export function sourceIdOf(commandId: string): string {
  return `${ownPrefix}${commandId}`;
}

/** The command behind such a source id; undefined for a platform's id. */
export function commandOfSourceId(sourceId: string): string | undefined {
  return sourceId.startsWith(ownPrefix) ? sourceId.slice(ownPrefix.length) : undefined;
}

/** How far ahead a command may be scheduled. */
export const maxAheadMs: number = 366 * 86_400_000;

/** When to deliver a command; undefined for at once. */
export function dueAtOf({ sendAt }: Pick<SendCommand, "sendAt">): Date | undefined {
  return sendAt === undefined ? undefined : timestampDate(sendAt);
}

/** Whether more is to come in the message of this command. */
export function isInterim({ stage }: Pick<SendCommand, "stage">): boolean {
  return stage === Stage.PLACEHOLDER || stage === Stage.PARTIAL;
}

/** The attribute by which the pool's own last word names the interim command that it closes. */
export const closesAttribute = "mio_closes";

/** Whether the pool made this command to close an answer that its agent left unfinished. */
export function isLastWord({ attributes }: Pick<SendCommand, "attributes">): boolean {
  return attributes[closesAttribute] !== undefined;
}

/** What to do with an edit whose target is unknown, gone, or no longer editable. */
export type EditFallback = "new" | "drop" | "fail";

export function editFallbackOf({ editFallback }: Pick<SendCommand, "editFallback">): EditFallback {
  switch (editFallback) {
    case WireFallback.UNSPECIFIED:
    case WireFallback.NEW:
      return "new";
    case WireFallback.DROP:
      return "drop";
    default:
      // A later version may define more. Only an explicit request for a post gets one.
      return "fail";
  }
}

const aliases: ReadonlyMap<string, string> = new Map(Object.entries(channelTypeAliases));

/** The present name of a channel, for its present or a former name. */
export function presentName(channelType: string): string {
  return aliases.get(channelType) ?? channelType;
}

/** The account that a subject of commands names; undefined for other subjects, which no consumer reads. */
export function accountOf(subject: string): string | undefined {
  const route = parseSubject(subject);
  return route?.kind === "outbound" ? route.accountId : undefined;
}

/** Commands of one lane are delivered one after the other, in the order of the stream. */
export function laneOf({ subject }: { readonly subject: string }): string | undefined {
  const route = parseSubject(subject);
  return route && `${route.accountId}/${route.conversationId}`;
}

import type { SendCommand } from "@mio/proto";
import type { Db } from "@mio/store";
import { type Preparation, type PreparedDelivery, refused, unknownMessage } from "../job/platform-call.ts";
import { presentName, repliedSources } from "../job/read-command.ts";
import { resolveTarget, resolveThreadRoot, type Target } from "./resolve-target.ts";

/** The thread and the reply target of a post. */
export interface Place {
  /** The command, with the platform's id of the message that it replies to. */
  readonly command: SendCommand;
  readonly threadRootExternalId: string | undefined;
}

/**
 * Finds the thread and the reply target of a post. If one of them is unknown the command ends: text that was meant for a
 * thread must not appear in the whole channel.
 */
export async function preparePlace(
  db: Db,
  command: SendCommand,
): Promise<Place | Exclude<Preparation, PreparedDelivery>> {
  const { accountId, channelType, threadRootMessageId, relation } = command;
  const sources = repliedSources(command);
  const root =
    threadRootMessageId === "" ? undefined : await resolveThreadRoot(db, accountId, threadRootMessageId);
  const original =
    sources.length === 0
      ? undefined
      : await resolveTarget(db, { accountId, channelType: presentName(channelType), sources });
  const problem = whyNotThere(root) ?? whyNotThere(original);
  if (problem !== undefined) return problem;
  const targetExternalId = externalIdOf(original);
  const named = relation && targetExternalId !== undefined && { relation: { ...relation, targetExternalId } };
  return { command: { ...command, ...named }, threadRootExternalId: externalIdOf(root) };
}

function whyNotThere(target: Target | undefined): Exclude<Preparation, PreparedDelivery> | undefined {
  switch (target?.kind) {
    case undefined:
    case "found":
      return undefined;
    case "scheduled":
      return { kind: "postponed", dueAt: target.dueAt };
    case "foreign":
      return refused("wrong_target", "The message to answer belongs to another account.");
    case "canceled":
    case "missing":
      return unknownMessage();
  }
}

function externalIdOf(target: Target | undefined): string | undefined {
  return target?.kind === "found" ? target.externalIds[0] : undefined;
}

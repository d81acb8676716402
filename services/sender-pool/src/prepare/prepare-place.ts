import { MessageRelation_Kind, type SendCommand } from "@mio/proto";
import type { Db } from "@mio/store";
import { presentName } from "../accounts/open-channels.ts";
import { relationSources } from "../job/operation.ts";
import {
  type Preparation,
  type PreparedDelivery,
  refused,
  unknownMessage,
} from "../job/prepared-delivery.ts";
import { resolveTarget, resolveThreadRoot, type Target } from "./resolve-target.ts";

/** Where in its conversation a post is to stand. */
export interface Place {
  /** The command, with the platform's id of the message that it replies to. */
  readonly command: SendCommand;
  readonly threadRootExternalId: string | undefined;
}

/** Whether a command asks to stand anywhere else than at the end of its conversation. */
export function namesPlace(command: SendCommand): boolean {
  return command.threadRootMessageId !== "" || repliesTo(command).length > 0;
}

/**
 * Finds the messages that a post is to stand by. One that is not known ends the command: what was meant for a thread must
 * not be shown to the whole channel.
 */
export async function preparePlace(
  db: Db,
  command: SendCommand,
): Promise<Place | Exclude<Preparation, PreparedDelivery>> {
  const { accountId, channelType, threadRootMessageId, relation } = command;
  const sources = repliesTo(command);
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

function repliesTo(command: SendCommand): ReturnType<typeof relationSources> {
  return command.relation?.kind === MessageRelation_Kind.REPLY ? relationSources(command) : [];
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

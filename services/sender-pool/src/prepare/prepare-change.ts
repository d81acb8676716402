import type { ResolvedTarget, Sender } from "@mio/channel-kit";
import type { Clock } from "@mio/pacing";
import type { SendCommand } from "@mio/proto";
import type { Db, KnownConversation } from "@mio/store";
import type { SendingChannel } from "../accounts/open-channels.ts";
import {
  type Call,
  type Change,
  changeCall,
  type Preparation,
  type PreparedDelivery,
  postInstead,
  type Refused,
  refused,
  unknownMessage,
} from "../job/platform-call.ts";
import { editFallbackOf, type Operation, presentName } from "../job/read-command.ts";
import { resolveTarget, type Target } from "./resolve-target.ts";

type Outcome = Call | Exclude<Preparation, PreparedDelivery>;

/** Decides which platform call a change of an existing message becomes. */
export type PrepareChange = (change: Change, command: SendCommand, around: Around) => Promise<Outcome>;

export interface Around {
  readonly sources: Operation["sources"];
  readonly sender: Sender;
  readonly channel: SendingChannel;
  /** Undefined when Mio does not know the conversation. */
  readonly conversation: KnownConversation | undefined;
}

export function createPrepareChange({
  db,
  clock,
}: {
  readonly db: Db;
  readonly clock: Pick<Clock, "now">;
}): PrepareChange {
  return async (change, command, around) => {
    const { accountId, channelType } = command;
    const { sources } = around;
    const target = await resolveTarget(db, { accountId, channelType: presentName(channelType), sources });
    switch (target.kind) {
      case "found":
        return changeFound(change, command, { ...around, target, now: clock.now() });
      case "foreign":
        return refused("wrong_target", "The message belongs to another account.");
      case "scheduled":
        if (isOfAnother(target, around.conversation)) return elsewhere();
        return change.operation === "delete"
          ? { kind: "cancels", commandId: target.commandId }
          : { kind: "postponed", dueAt: target.dueAt, waitsFor: target.commandId };
      case "canceled":
        // A command that was taken back must not reappear as a post.
        return change.operation === "edit" ? { kind: "dropped" } : unknownMessage();
      case "missing":
        return changeMissing(change, command, around);
    }
  };
}

interface Found extends Around {
  readonly target: Extract<Target, { kind: "found" }>;
  readonly now: Date;
}

function changeFound(change: Change, command: SendCommand, around: Found): Outcome {
  const { target, sender, channel, conversation, now } = around;
  const resolved = channel.outbound?.resolveEditTarget?.({ externalIds: target.externalIds });
  if (conversation !== undefined && isElsewhere(resolved, conversation)) return elsewhere();
  const problem = whyClosed(change, resolved, { channel, now });
  if (problem === undefined) return changeCall(change, command, target.externalIds);
  return change.operation === "edit" ? fallBack(command, sender, problem) : problem;
}

function changeMissing({ operation }: Change, command: SendCommand, { sources, sender }: Around): Outcome {
  const problem = unknownMessage();
  // An edit without any target id is an error. One whose target Mio has forgotten still has something to show.
  return operation === "edit" && sources.length > 0 ? fallBack(command, sender, problem) : problem;
}

function fallBack(
  command: SendCommand,
  sender: Sender,
  problem: Refused,
): Call | Refused | { kind: "dropped" } {
  switch (editFallbackOf(command)) {
    case "new":
      return postInstead(sender, command);
    case "drop":
      return { kind: "dropped" };
    case "fail":
      return problem;
  }
}

/** A permission on one conversation's subject must not reach the messages of another. */
function isElsewhere(target: ResolvedTarget | undefined, { externalId }: KnownConversation): boolean {
  if (target?.kind !== "message") return false;
  return (target.conversationExternalId ?? externalId) !== externalId;
}

function isOfAnother(
  { conversationId }: Extract<Target, { kind: "scheduled" }>,
  conversation: KnownConversation | undefined,
): boolean {
  return conversation !== undefined && conversation.id !== conversationId.toLowerCase();
}

function elsewhere(): Refused {
  return refused("wrong_target", "The message is in another conversation.");
}

/** The reason why the platform rejects a change of these messages, if their ids show one. */
function whyClosed(
  { operation }: Change,
  target: ResolvedTarget | undefined,
  { channel, now }: { readonly channel: SendingChannel; readonly now: Date },
): Refused | undefined {
  if (target === undefined) return undefined;
  if (target.kind === "malformed")
    return refused("no_target", "The platform has no message ids of this form.");
  const { editWindowSeconds, deleteWindowSeconds } = channel.capabilities;
  const windows = { edit: editWindowSeconds, delete: deleteWindowSeconds, reaction: 0 };
  const windowMs = windows[operation] * 1_000;
  const isOpen =
    windowMs === 0 || target.postedAt === undefined || now.getTime() - target.postedAt.getTime() <= windowMs;
  return isOpen
    ? undefined
    : refused("closed", "The platform no longer lets apps change a message of this age.");
}

import type { CallContext, Sender } from "@mio/channel-kit";
import type { MioError } from "@mio/failure";
import type { SendCommand } from "@mio/proto";
import { replacesSendId } from "./operation.ts";
import { refusal } from "./refusal.ts";
import type { Change } from "./to-change.ts";

/** One platform call, ready to be made. */
export interface PreparedDelivery {
  readonly kind: "prepared";
  readonly operation: "send" | "edit" | "delete" | "reaction";
  /** Doing it twice shows the same as doing it once, so an unknown fate is no trouble. */
  readonly repeatable: boolean;
  /** An edit whose target is not known, which becomes a post. */
  readonly isFallback: boolean;
  readonly command: SendCommand;
  readonly threadRootExternalId: string | undefined;
  /** The messages it is about, the one that was named first; none for a post. */
  readonly targetExternalIds: readonly string[];
  readonly sender: Sender;
  readonly call: (context: CallContext) => ReturnType<Sender["send"]>;
}

export interface Refused {
  readonly kind: "refused";
  readonly error: MioError;
}

export type Preparation =
  | PreparedDelivery
  | Refused
  /** What it is about is carried out then, and this after it. An edit names what it waits for. */
  | { readonly kind: "postponed"; readonly dueAt: Date; readonly waitsFor?: string }
  /** It takes back a command that waits for its time. */
  | { readonly kind: "cancels"; readonly commandId: string }
  /** The edit cannot be one, and nothing is to take its place. */
  | { readonly kind: "dropped" };

/** What a command becomes, before the surroundings of the call are known. */
export type Call = Omit<PreparedDelivery, "kind" | "sender" | "threadRootExternalId">;

export function changeCall(
  { method, operation }: Change,
  command: SendCommand,
  targets: readonly [string, ...string[]],
): Call {
  const [first] = targets;
  // A reaction is to one message, however many the post has.
  const targetExternalIds = operation === "reaction" ? [first] : targets;
  const call = (context: CallContext) => method(command, first, context);
  return { operation, repeatable: true, isFallback: false, command, targetExternalIds, call };
}

export function sendCall(sender: Sender, command: SendCommand): Call {
  return {
    operation: "send",
    repeatable: false,
    isFallback: false,
    command,
    targetExternalIds: [],
    call: (context) => sender.send(command, context),
  };
}

/** An edit that cannot be one. */
export function postInstead(sender: Sender, command: SendCommand): Call {
  return { ...sendCall(sender, withoutTarget(command)), isFallback: true };
}

/** So that nothing below takes the post for an edit. */
function withoutTarget(command: SendCommand): SendCommand {
  const { relation: _relation, ...rest } = command;
  const attributes = Object.entries(command.attributes).filter(([key]) => key !== replacesSendId);
  return {
    ...rest,
    editOfExternalId: "",
    editOfMessageId: "",
    attributes: Object.fromEntries(attributes),
  };
}

export function refused(reason: Parameters<typeof refusal>[0], message: string): Refused {
  return { kind: "refused", error: refusal(reason, message) };
}

export function unknownMessage(): Refused {
  return refused("no_target", "The message is not known to Mio.");
}

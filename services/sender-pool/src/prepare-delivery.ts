import { type AccountAccess, type CallContext, createLocalVault, type Sender } from "@mio/channel-kit";
import type { MioError } from "@mio/failure";
import type { SendCommand } from "@mio/proto";
import type { Account, Db } from "@mio/store";
import type { SendingChannel } from "./open-channels.ts";
import { type Operation, replacesSendId, toOperation } from "./operation.ts";
import { refusal } from "./refusal.ts";
import { resolveTarget, resolveThreadRoot } from "./resolve-target.ts";

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
  readonly sender: Sender;
  readonly call: (context: CallContext) => ReturnType<Sender["send"]>;
}

export type Preparation = PreparedDelivery | { readonly kind: "refused"; readonly error: MioError };

export interface PrepareOptions {
  readonly db: Db;
  readonly connect: (channel: SendingChannel, access: AccountAccess) => Sender;
}

export type PrepareDelivery = (
  command: SendCommand,
  place: { readonly account: Account; readonly channel: SendingChannel },
) => Promise<Preparation>;

/**
 * Decides which call of the platform a command becomes. What the channel cannot do is refused and never
 * turned into a post; only an edit whose target is not known is.
 */
export function createPrepareDelivery({ db, connect }: PrepareOptions): PrepareDelivery {
  return async (command, { account, channel }) => {
    const { id: accountId, externalId, attributes } = account;
    const { channelType } = channel;
    const sender = connect(channel, { accountId, externalId, attributes, vault: createLocalVault() });
    const threadRootExternalId = await resolveThreadRoot(db, accountId, command.threadRootMessageId);
    const base = { kind: "prepared", sender, threadRootExternalId } as const;
    const { kind, sources } = toOperation(command);
    if (kind === "send") return { ...base, ...plainSend(sender, command), isFallback: false };
    const change = toChange(sender, kind);
    if (change === undefined) return unsupported(channelType, kind);
    const target = await resolveTarget(db, { accountId, channelType, sources });
    switch (target.kind) {
      case "found": {
        const call = (context: CallContext) => change.method(command, target.externalId, context);
        return { ...base, command, operation: change.operation, repeatable: true, isFallback: false, call };
      }
      case "foreign":
        return refused("wrong_target", "The message belongs to another account.");
      case "missing":
        if (kind !== "edit") return refused("no_target", "The message is not known to Mio.");
        return { ...base, ...plainSend(sender, withoutTarget(command)), isFallback: true };
    }
  };
}

interface Change {
  readonly operation: "edit" | "delete" | "reaction";
  readonly method: NonNullable<Sender["edit"]>;
}

/** The adapter's method for an operation on a message; undefined when it has none. */
function toChange(sender: Sender, kind: Operation["kind"]): Change | undefined {
  switch (kind) {
    case "edit":
      return sender.edit && { operation: kind, method: sender.edit.bind(sender) };
    case "delete":
      return sender.remove && { operation: kind, method: sender.remove.bind(sender) };
    case "reaction":
      return sender.react && { operation: kind, method: sender.react.bind(sender) };
    default:
      return undefined;
  }
}

function plainSend(sender: Sender, command: SendCommand) {
  return {
    operation: "send",
    repeatable: false,
    command,
    call: (context: CallContext) => sender.send(command, context),
  } as const;
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

function unsupported(channelType: string, what: string): Preparation {
  const message = `${channelType} cannot do this through Mio: ${what}.`;
  return { kind: "refused", error: refusal("unsupported", message, "delivery.unsupported") };
}

function refused(reason: Parameters<typeof refusal>[0], message: string): Preparation {
  return { kind: "refused", error: refusal(reason, message) };
}

import type { AccountAccess, CallContext, CredentialVault, Sender } from "@mio/channel-kit";
import type { MioError } from "@mio/failure";
import type { SendCommand } from "@mio/proto";
import type { Account, Db } from "@mio/store";
import { presentName, type SendingChannel } from "../accounts/open-channels.ts";
import { checkContent } from "./check-content.ts";
import { type Operation, replacesSendId, toOperation } from "./operation.ts";
import { refusal } from "./refusal.ts";
import { resolveTarget, resolveThreadRoot } from "./resolve-target.ts";
import { type Change, toChange } from "./to-change.ts";

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

interface Refused {
  readonly kind: "refused";
  readonly error: MioError;
}

export type Preparation = PreparedDelivery | Refused;

/** What a command becomes, before the surroundings of the call are known. */
type Call = Omit<PreparedDelivery, "kind" | "sender" | "threadRootExternalId">;

export interface PrepareOptions {
  readonly db: Db;
  readonly vaultOf: (account: Account) => CredentialVault;
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
export function createPrepareDelivery({ db, vaultOf, connect }: PrepareOptions): PrepareDelivery {
  const prepareChange = async (
    change: Change,
    { command, sources }: { readonly command: SendCommand; readonly sources: Operation["sources"] },
    sender: Sender,
  ): Promise<Call | Refused> => {
    const { accountId, channelType } = command;
    const target = await resolveTarget(db, { accountId, channelType: presentName(channelType), sources });
    switch (target.kind) {
      case "found":
        return changeCall(change, command, target.externalIds);
      case "foreign":
        return refused("wrong_target", "The message belongs to another account.");
      case "missing":
        // An edit that names nothing is a mistake; one that names what is forgotten still has something to say.
        if (change.operation === "edit" && sources.length > 0)
          return { ...sendCall(sender, withoutTarget(command)), isFallback: true };
        return refused("no_target", "The message is not known to Mio.");
    }
  };

  return async (command, { account, channel }) => {
    const { id: accountId, externalId, attributes } = account;
    const sender = connect(channel, { accountId, externalId, attributes, vault: vaultOf(account) });
    const { kind, sources } = toOperation(command);
    const change = kind === "send" ? undefined : toChange(sender, kind, channel.capabilities);
    if (kind !== "send" && change === undefined) return unsupported(channel.channelType, kind);
    const problem = checkContent(command, kind, channel);
    if (problem !== undefined) return { kind: "refused", error: problem };
    const call =
      change === undefined
        ? sendCall(sender, command)
        : await prepareChange(change, { command, sources }, sender);
    if ("kind" in call) return call;
    const threadRootExternalId = await resolveThreadRoot(db, accountId, command.threadRootMessageId);
    return { kind: "prepared", sender, threadRootExternalId, ...call };
  };
}

function changeCall(
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

function sendCall(sender: Sender, command: SendCommand): Call {
  return {
    operation: "send",
    repeatable: false,
    isFallback: false,
    command,
    targetExternalIds: [],
    call: (context) => sender.send(command, context),
  };
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

function unsupported(channelType: string, what: string): Refused {
  const message = `${channelType} cannot do this through Mio: ${what}.`;
  return { kind: "refused", error: refusal("unsupported", message, "delivery.unsupported") };
}

function refused(reason: Parameters<typeof refusal>[0], message: string): Refused {
  return { kind: "refused", error: refusal(reason, message) };
}

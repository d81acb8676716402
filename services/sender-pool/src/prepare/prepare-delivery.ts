import type { AccountAccess, CredentialVault, Sender } from "@mio/channel-kit";
import type { SendCommand } from "@mio/proto";
import type { Clock } from "@mio/service-kit";
import type { Account, Db, KnownConversation } from "@mio/store";
import type { SendingChannel } from "../accounts/open-channels.ts";
import { type Operation, toOperation } from "../job/operation.ts";
import {
  type Call,
  type Preparation,
  type PreparedDelivery,
  postInstead,
  type Refused,
  sendCall,
} from "../job/prepared-delivery.ts";
import { refusal } from "../job/refusal.ts";
import { toChange } from "../job/to-change.ts";
import { checkContent, withAddresses } from "./check-content.ts";
import { createPrepareChange } from "./prepare-change.ts";
import { namesPlace, preparePlace } from "./prepare-place.ts";

export interface PrepareOptions {
  readonly db: Db;
  readonly clock: Pick<Clock, "now">;
  readonly vaultOf: (account: Account) => CredentialVault;
  readonly connect: (channel: SendingChannel, access: AccountAccess) => Sender;
}

export type PrepareDelivery = (
  command: SendCommand,
  place: {
    readonly account: Account;
    readonly channel: SendingChannel;
    /** Undefined when the command begins one. */
    readonly conversation: KnownConversation | undefined;
    /** An edit turned out not to be one. */
    readonly asPost: boolean;
  },
) => Promise<Preparation>;

/**
 * Decides which call of the platform a command becomes. What the channel cannot do is refused and never
 * turned into a post; only an edit whose target is not known is.
 */
export function createPrepareDelivery({ db, clock, vaultOf, connect }: PrepareOptions): PrepareDelivery {
  const prepareChange = createPrepareChange({ db, clock });

  return async (given, { account, channel, conversation, asPost }) => {
    const command = withPlace(withAddresses(given), conversation);
    const { id: accountId, externalId, attributes } = account;
    const sender = connect(channel, { accountId, externalId, attributes, vault: vaultOf(account) });
    const { kind, sources } = toOperation(command);
    const change = kind === "send" ? undefined : toChange(sender, kind, channel.capabilities);
    if (kind !== "send" && change === undefined) return unsupported(channel.channelType, kind);
    const problem = checkContent(command, kind, channel);
    if (problem !== undefined) return { kind: "refused", error: problem };
    const place = await placeFor(kind);
    if ("kind" in place) return place;
    const call = await callFor(place.command);
    if ("kind" in call) return call;
    return { kind: "prepared", sender, threadRootExternalId: place.threadRootExternalId, ...call };

    /** Only what shows something new stands anywhere. */
    async function placeFor(operation: Operation["kind"]): ReturnType<typeof preparePlace> {
      const shows = operation === "send" || operation === "edit";
      if (!shows || !namesPlace(command)) return { command, threadRootExternalId: undefined };
      if (!channel.capabilities.supportsThreads) return unsupported(channel.channelType, "thread");
      return await preparePlace(db, command);
    }

    async function callFor(placed: SendCommand): Promise<Call | Exclude<Preparation, PreparedDelivery>> {
      if (change === undefined) return sendCall(sender, placed);
      return asPost
        ? postInstead(sender, placed)
        : await prepareChange(change, placed, { sources, sender, channel, conversation });
    }
  };
}

/** What leaves its place to the record goes there. */
function withPlace(command: SendCommand, conversation: KnownConversation | undefined): SendCommand {
  if (command.conversationExternalId !== "" || conversation === undefined) return command;
  return { ...command, conversationExternalId: conversation.externalId };
}

function unsupported(channelType: string, what: string): Refused {
  const message = `${channelType} cannot do this through Mio: ${what}.`;
  return { kind: "refused", error: refusal("unsupported", message, "delivery.unsupported") };
}

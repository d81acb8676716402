import type { Capabilities, Sender } from "@mio/channel-kit";
import type { Clock } from "@mio/pacing";
import type { SendCommand } from "@mio/proto";
import type { Account, Db, KnownConversation } from "@mio/store";
import type { SendingChannel } from "../accounts/open-channels.ts";
import type { Senders } from "../accounts/senders.ts";
import {
  type Call,
  type Change,
  type Preparation,
  type PreparedDelivery,
  postInstead,
  type Refused,
  sendCall,
} from "../job/platform-call.ts";
import { namesPlace, type Operation, toOperation } from "../job/read-command.ts";
import { refusal } from "../job/refusal.ts";
import { checkContent, withAddresses } from "./check-content.ts";
import { createPrepareChange } from "./prepare-change.ts";
import { preparePlace } from "./prepare-place.ts";

export interface PrepareOptions {
  readonly db: Db;
  readonly clock: Pick<Clock, "now">;
  readonly senderOf: Senders["senderOf"];
}

export type PrepareDelivery = (
  command: SendCommand,
  place: {
    readonly account: Account;
    readonly channel: SendingChannel;
    /** Undefined when the command begins one. */
    readonly conversation: KnownConversation | undefined;
    /** The target of the edit is gone. */
    readonly asPost: boolean;
  },
) => Promise<Preparation>;

/**
 * Decides which platform call a command becomes. It refuses what the channel cannot do. Only an edit with an unknown
 * target becomes a post instead.
 */
export function createPrepareDelivery({ db, clock, senderOf }: PrepareOptions): PrepareDelivery {
  const prepareChange = createPrepareChange({ db, clock });

  return async (given, { account, channel, conversation, asPost }) => {
    const command = withPlace(withAddresses(given), conversation);
    const sender = senderOf(channel, account);
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

    /** Only posts and edits have a thread or a reply target. */
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

/** A command without `conversation_external_id` gets the one on record. */
function withPlace(command: SendCommand, conversation: KnownConversation | undefined): SendCommand {
  if (command.conversationExternalId !== "" || conversation === undefined) return command;
  return { ...command, conversationExternalId: conversation.externalId };
}

function unsupported(channelType: string, what: string): Refused {
  const message = `${channelType} cannot do this through Mio: ${what}.`;
  return { kind: "refused", error: refusal("unsupported", message, "delivery.unsupported") };
}

/** The adapter's method for an operation on an existing message; undefined when the channel has none. */
function toChange(
  sender: Sender,
  kind: Exclude<Operation["kind"], "send">,
  can: Pick<Capabilities, "supportsEdit" | "supportsDelete" | "supportsReactions">,
): Change | undefined {
  const { edit, remove, react } = sender;
  switch (kind) {
    case "edit":
      return can.supportsEdit && edit ? { operation: kind, method: edit.bind(sender) } : undefined;
    case "delete":
      return can.supportsDelete && remove ? { operation: kind, method: remove.bind(sender) } : undefined;
    case "reaction":
      return can.supportsReactions && react ? { operation: kind, method: react.bind(sender) } : undefined;
    case "pin":
    case "unknown":
      return undefined;
  }
}

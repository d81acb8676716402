import { isUuid } from "@mio/envelope";
import type { MioError } from "@mio/failure";
import type { SendCommand } from "@mio/proto";
import type { Account } from "@mio/store";
import { refusal } from "../command/refusal.ts";
import type { AccountDirectory } from "./account-directory.ts";
import { presentName, type SendingChannel } from "./open-channels.ts";

export type Authorization =
  | { readonly kind: "granted"; readonly account: Account; readonly channel: SendingChannel }
  | {
      readonly kind: "refused";
      readonly error: MioError;
      /** It does not speak for the account it names, so nothing is on record and nothing is recorded. */
      readonly isMisaddressed: boolean;
    };

export type AuthorizeCommand = (command: SendCommand) => Promise<Authorization>;

/** Whether a command may speak for its account: known, enabled, of this tenant and channel, in its own conversation. */
export function createAuthorizeCommand(deps: {
  readonly directory: Pick<AccountDirectory, "find" | "ownerOf">;
  readonly channels: ReadonlyMap<string, SendingChannel>;
}): AuthorizeCommand {
  const { directory } = deps;
  return async (command) => {
    const { accountId, conversationId } = command;
    const account = isUuid(accountId) ? await directory.find(accountId) : undefined;
    if (account === undefined) return misaddressed("no_account", "There is no account with this account_id.");
    const owner = isUuid(conversationId) ? await directory.ownerOf(conversationId) : undefined;
    return checkAddress(command, account, owner) ?? checkState(account, deps.channels);
  };
}

/** `conversationOwner` is undefined for a conversation Mio does not know; an agent may begin one. */
function checkAddress(
  command: SendCommand,
  account: Account,
  conversationOwner: string | undefined,
): Authorization | undefined {
  if (account.tenantId !== command.tenantId.toLowerCase()) {
    return misaddressed("wrong_tenant", "The account belongs to another tenant.");
  }
  if (presentName(account.channelType) !== presentName(command.channelType)) {
    return misaddressed("wrong_channel", "The account belongs to another channel.");
  }
  if (conversationOwner !== undefined && conversationOwner !== account.id) {
    return misaddressed("wrong_conversation", "The conversation belongs to another account.");
  }
  return undefined;
}

function checkState(account: Account, channels: ReadonlyMap<string, SendingChannel>): Authorization {
  if (account.disabled) return refused("account_disabled", "The account or its tenant is disabled.");
  if (account.pending) return refused("account_pending", "The account's install is not complete.");
  const type = presentName(account.channelType);
  const channel = channels.get(type);
  if (channel?.outbound === undefined) {
    return refused("no_sender", `This pool cannot send on ${type}; set the channel's credentials.`);
  }
  return { kind: "granted", account, channel };
}

type Reason = Parameters<typeof refusal>[0];

function refused(reason: Reason, message: string): Authorization {
  return { kind: "refused", error: refusal(reason, message), isMisaddressed: false };
}

function misaddressed(reason: Reason, message: string): Authorization {
  return { kind: "refused", error: refusal(reason, message), isMisaddressed: true };
}

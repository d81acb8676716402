import { isUuid } from "@mio/envelope";
import type { MioError } from "@mio/failure";
import type { SendCommand } from "@mio/proto";
import type { Account, KnownConversation } from "@mio/store";
import type { SendingChannel } from "../accounts/open-channels.ts";
import type { DeliveryDeps } from "../delivery/delivery-deps.ts";
import { giveUp } from "../delivery/end-early.ts";
import { type DeliveryJob, failed, type Next, next, type TryEnd } from "../job/delivery-job.ts";
import { presentName } from "../job/read-command.ts";
import { type RefusalReason, refusal } from "../job/refusal.ts";

export type Authorization =
  | ({ readonly kind: "granted" } & Access)
  | {
      readonly kind: "refused";
      readonly error: MioError;
      /** The command may not use this account: no row exists for it and none is written. */
      readonly isMisaddressed: boolean;
    };

/** What an authorised command may use. */
export interface Access {
  readonly account: Account;
  readonly channel: SendingChannel;
  /** Undefined when the command begins one. */
  readonly conversation: KnownConversation | undefined;
}

export interface AuthorizedJob extends DeliveryJob {
  readonly access: Access;
}

/** Step 1: the account is known and enabled, and tenant, channel and conversation belong to it. */
export async function authorize(job: DeliveryJob, deps: DeliveryDeps): Promise<Next<AuthorizedJob> | TryEnd> {
  // An earlier try gave the command up and could not record that.
  if (job.givenUp !== undefined) return await giveUp(job, job.givenUp, deps);
  const access = await authorizeCommand(job.command, deps);
  if (access.kind === "refused")
    return access.isMisaddressed ? failed(0, access.error) : await giveUp(job, access.error, deps);
  job.isAuthorized = true;
  return next(job, { access });
}

export async function authorizeCommand(
  command: SendCommand,
  { directory, channels }: Pick<DeliveryDeps, "directory" | "channels">,
): Promise<Authorization> {
  const { accountId } = command;
  const account = isUuid(accountId) ? await directory.find(accountId) : undefined;
  if (account === undefined) return misaddressed("no_account", "There is no account with this account_id.");
  const wrongAccount = checkAccount(command, account);
  if (wrongAccount !== undefined) return wrongAccount;
  const channel = channels.get(presentName(account.channelType));
  const address = channel?.conversationAddress?.(command) ?? "";
  const known = await directory.conversationsOf(command, address);
  return (
    checkConversation(command, account, { known, address }) ??
    checkState(account, channel, namedIn(known, command))
  );
}

function checkAccount(command: SendCommand, account: Account): Authorization | undefined {
  if (account.tenantId !== command.tenantId.toLowerCase()) {
    return misaddressed("wrong_tenant", "The account belongs to another tenant.");
  }
  if (presentName(account.channelType) !== presentName(command.channelType)) {
    return misaddressed("wrong_channel", "The account belongs to another channel.");
  }
  return undefined;
}

/**
 * Who may publish on the subject of one conversation must not reach another by naming its place. So a conversation that
 * Mio knows and its place on the platform go together only; an agent may begin one that Mio knows by neither.
 */
function checkConversation(
  { conversationId, conversationExternalId }: SendCommand,
  account: Account,
  { known, address }: { readonly known: readonly KnownConversation[]; readonly address: string },
): Authorization | undefined {
  const named = namedIn(known, { conversationId });
  if (named !== undefined && named.accountId !== account.id) {
    return misaddressed("wrong_conversation", "The conversation belongs to another account.");
  }
  const isPlaceNamed = conversationExternalId !== "";
  if (named !== undefined && isPlaceNamed && named.externalId !== conversationExternalId) {
    const message = "conversation_external_id is not that of the conversation: copy both from its message.";
    return misaddressed("wrong_conversation", message);
  }
  // One that was recorded before Mio kept addresses has none yet.
  if (address !== "" && named?.address !== undefined && named.address !== address) {
    const message = "The attributes say that the conversation is elsewhere: copy those of its message.";
    return misaddressed("wrong_conversation", message);
  }
  if (named === undefined && known.length > 0) {
    const message = "conversation_external_id is that of another conversation: copy both from its message.";
    return misaddressed("wrong_conversation", message);
  }
  return undefined;
}

function namedIn(
  known: readonly KnownConversation[],
  { conversationId }: Pick<SendCommand, "conversationId">,
): KnownConversation | undefined {
  const id = conversationId.toLowerCase();
  return known.find((conversation) => conversation.id === id);
}

function checkState(
  account: Account,
  channel: SendingChannel | undefined,
  conversation: KnownConversation | undefined,
): Authorization {
  if (account.disabled) return refused("account_disabled", "The account or its tenant is disabled.");
  if (account.pending) return refused("account_pending", "The account's install is not complete.");
  if (channel?.outbound !== undefined) return { kind: "granted", account, channel, conversation };
  const type = presentName(account.channelType);
  const why = channel?.notes.join(" ") || "it is no channel of Mio's.";
  return refused("no_sender", `This pool cannot send on ${type}: ${why}`);
}

function refused(reason: RefusalReason, message: string): Authorization {
  return { kind: "refused", error: refusal(reason, message), isMisaddressed: false };
}

function misaddressed(reason: RefusalReason, message: string): Authorization {
  return { kind: "refused", error: refusal(reason, message), isMisaddressed: true };
}

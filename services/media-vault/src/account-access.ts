import { type AccountAccess, AttachmentError, createLocalVault } from "@mio/channel-kit";
import { isUuid } from "@mio/envelope";
import { Attachment_ErrorCode, type Message } from "@mio/proto";
import type { Vaults } from "@mio/sealing";
import { type Account, type Db, findAccount } from "@mio/store";

/**
 * Returns the credentials with which a message's attachments are fetched.
 *
 * @throws AttachmentError `FORBIDDEN` if the message's account does not belong to its tenant.
 */
export type AccessOf = (message: Message) => Promise<AccountAccess>;

/** All accounts with the credentials of the settings; used without a database. */
export const accessBySettings: AccessOf = async ({ accountId }) => ({
  accountId,
  externalId: "",
  attributes: {},
  vault: createLocalVault(),
});

/** Each account with its own credentials if it has some. */
export function createAccessOf({ db, vaults }: { readonly db: Db; readonly vaults: Vaults }): AccessOf {
  return async (message) => {
    const account = isUuid(message.accountId) ? await findAccount(db, message.accountId) : undefined;
    if (account === undefined || account.tenantId !== message.tenantId.toLowerCase()) throw unknownAccount();
    return toAccess(account, vaults);
  };
}

function toAccess(account: Account, vaults: Vaults): AccountAccess {
  const { id: accountId, externalId, attributes } = account;
  return { accountId, externalId, attributes, vault: vaults(account) };
}

function unknownAccount(): AttachmentError {
  const message = "The message's account does not belong to its tenant, so no credentials may be used.";
  return new AttachmentError({ wireCode: Attachment_ErrorCode.FORBIDDEN, message, retryable: false });
}

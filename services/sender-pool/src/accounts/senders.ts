import type { AccountAccess, CredentialVault, Sender } from "@mio/channel-kit";
import { createBoundedMap } from "@mio/pacing";
import type { Vaults } from "@mio/sealing";
import type { Account } from "@mio/store";
import { refusal } from "../job/refusal.ts";
import type { SendingChannel } from "./open-channels.ts";

/** Clients kept at once. */
const maxSenders = 10_000;

type SendingAccount = Parameters<Vaults>[0] & Pick<Account, "externalId" | "attributes">;

export interface Senders {
  /** The client of an account. A change of the account makes a new one. */
  senderOf(channel: SendingChannel, account: SendingAccount): Sender;
  /** Accounts whose credentials the platform refused when this process last used them. */
  readonly refusedAccounts: number;
}

/** Keeps one client per account, since a client keeps the account's token. */
export function createSenders(vaultOf: Vaults): Senders {
  const senders = createBoundedMap<string, { readonly access: string; readonly sender: Sender }>(maxSenders);
  const refused = new Set<string>();
  const watched = new WeakMap<CredentialVault, CredentialVault>();

  /** Notes refusals. It never blocks a refused account: each command tries again, since a user may authorise Mio any time. */
  const watchedVaultOf = (account: SendingAccount): CredentialVault => {
    const vault = vaultOf(account);
    const known = watched.get(vault);
    if (known !== undefined) return known;
    const report: CredentialVault["report"] = (health) => {
      if (health.state === "ok") refused.delete(account.id);
      else refused.add(account.id);
      return vault.report(health);
    };
    const noted = { ...vault, report };
    watched.set(vault, noted);
    return noted;
  };

  return {
    get refusedAccounts() {
      return refused.size;
    },
    senderOf(channel, account) {
      const { id: accountId, externalId, attributes } = account;
      // Without the vault, which is the same object for the same account.
      const key = JSON.stringify([accountId, externalId, attributes]);
      const known = senders.get(accountId);
      if (known?.access === key) return known.sender;
      const vault = watchedVaultOf(account);
      const access: AccountAccess = { accountId, externalId, attributes, vault };
      const sender = channel.outbound?.connect(access);
      if (sender === undefined)
        throw refusal("no_sender", `This pool cannot send on ${channel.channelType}.`);
      senders.set(accountId, { access: key, sender });
      return sender;
    },
  };
}

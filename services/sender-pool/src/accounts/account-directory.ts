import type { AccountAccess, CredentialVault, Sender } from "@mio/channel-kit";
import { type Clock, createBoundedMap } from "@mio/pacing";
import type { SendCommand } from "@mio/proto";
import type { Vaults } from "@mio/sealing";
import type { Logger, Worker } from "@mio/service-kit";
import {
  type Account,
  type ConversationPlace,
  createAccountCache,
  type Db,
  findAccount,
  findConversations,
  type KnownConversation,
} from "@mio/store";
import { refusal } from "../job/refusal.ts";
import { askTogether } from "./ask-together.ts";
import type { SendingChannel } from "./open-channels.ts";

/** Accounts and the owners of conversations, cached from the database. */
export interface AccountDirectory {
  /** Disabled accounts included. */
  find(accountId: string): Promise<Account | undefined>;
  /**
   * The conversations with the id or the external id of a command. `address` is the address that the command claims for
   * its conversation; a new address is looked up at once.
   */
  conversationsOf(command: Addressed, address: string): Promise<readonly KnownConversation[]>;
  /** Calls back after each change of tenants, accounts or installs, once `find` returns the new state. */
  onChange(callback: () => void): void;
  /** Listens for changes. */
  readonly worker: Worker;
}

type Addressed = Pick<SendCommand, "accountId" | "conversationId" | "conversationExternalId">;

export interface AccountDirectoryOptions {
  readonly db: Db;
  readonly dsn: string;
  readonly clock: Pick<Clock, "now">;
  readonly logger: Logger;
}

/**
 * How long an answer counts, as accounts do without a notification. Channels are renamed, and Mio learns of new
 * conversations at any time.
 *
 * That a conversation is unknown lets an account begin it, in the place that the command names. So for this long after
 * Mio has recorded it for another account, or another conversation in that place, commands that asked before may still
 * go to the place that they name, with the credentials of their own account. A command that names no place is looked up
 * each time: it depends on what is recorded.
 */
const answerMs = 15_000;
const maxConversations = 100_000;

interface Answer {
  readonly until: number;
  readonly conversations: readonly KnownConversation[];
}

export function createAccountDirectory(options: AccountDirectoryOptions): AccountDirectory {
  const { db, clock } = options;
  const lookUp = (accountId: string) => findAccount(db, accountId);
  const { get: find, onChange, worker } = createAccountCache({ ...options, lookUp });
  const findTogether = askTogether((asked: readonly ConversationPlace[]) => findConversations(db, asked));
  const places = createBoundedMap<string, Answer>(maxConversations);

  return {
    find,
    onChange,
    worker,
    async conversationsOf({ accountId, conversationId: id, conversationExternalId: externalId }, address) {
      const key = [accountId, id, externalId, address].join(" ");
      const now = clock.now().getTime();
      const known = places.get(key);
      if (known !== undefined && known.until > now) return known.conversations;
      const conversations = await findTogether({ id, accountId, externalId });
      const namesPlace = externalId !== "" || address !== "";
      if (conversations.length > 0 || namesPlace) places.set(key, { until: now + answerMs, conversations });
      return conversations;
    },
  };
}

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

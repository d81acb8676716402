import type { SendCommand } from "@mio/proto";
import type { Clock, Logger, Worker } from "@mio/service-kit";
import {
  type Account,
  type Db,
  findAccount,
  findConversations,
  type KnownConversation,
  listenForAccountChanges,
} from "@mio/store";

/** Accounts and who owns conversations, as the database knows them, without asking it for each command. */
export interface AccountDirectory {
  /** Disabled accounts included. */
  find(accountId: string): Promise<Account | undefined>;
  /**
   * The conversations that Mio knows by the id that a command gives, or by the place on the platform. `address` is where
   * the command says that its conversation is, so that a new one is asked for at once.
   */
  conversationsOf(command: Addressed, address: string): Promise<readonly KnownConversation[]>;
  /** Calls back after each change of tenants, accounts or installs, when `find` tells the news. */
  onChange(callback: () => void): void;
  /** Hears of changes at once. */
  readonly worker: Worker;
}

type Addressed = Pick<SendCommand, "accountId" | "conversationId" | "conversationExternalId">;

export interface AccountDirectoryOptions {
  readonly db: Db;
  readonly dsn: string;
  readonly clock: Pick<Clock, "now">;
  readonly logger: Logger;
}

/** Backstop for a notification that got lost with its connection. */
const cacheMs = 15_000;
/** How long others join a lookup that is not answered; later ones ask over another connection. */
const sharedMs = 1_000;
const maxAccounts = 10_000;
const maxConversations = 100_000;

interface Cached {
  until: number;
  readonly account: Promise<Account | undefined>;
}

export function createAccountDirectory({
  db,
  dsn,
  clock,
  logger,
}: AccountDirectoryOptions): AccountDirectory {
  const accounts = new Map<string, Cached>();
  /** Of a place that Mio does not know, it may learn any time. */
  const conversations = new Map<
    string,
    { readonly until: number; readonly known: readonly KnownConversation[] }
  >();
  const callbacks: (() => void)[] = [];

  const find: AccountDirectory["find"] = (accountId) => {
    const now = clock.now().getTime();
    const cached = accounts.get(accountId);
    if (cached !== undefined && cached.until > now) return cached.account;
    const account = findAccount(db, accountId);
    const entry: Cached = { until: now + sharedMs, account };
    remember(accounts, { key: accountId, value: entry, limit: maxAccounts });
    account.then(
      () => {
        entry.until = now + cacheMs;
      },
      () => accounts.get(accountId) === entry && accounts.delete(accountId),
    );
    return account;
  };

  return {
    find,
    async conversationsOf({ accountId, conversationId: id, conversationExternalId: externalId }, address) {
      const key = [accountId, id, externalId, address].join(" ");
      const now = clock.now().getTime();
      const cached = conversations.get(key);
      if (cached !== undefined && cached.until > now) return cached.known;
      const known = await findConversations(db, { id, accountId, externalId });
      const value = { until: now + cacheMs, known };
      if (known.length > 0) remember(conversations, { key, value, limit: maxConversations });
      return known;
    },
    onChange: (callback) => void callbacks.push(callback),
    worker: {
      name: "account-changes",
      run: (signal) =>
        listenForAccountChanges(
          {
            dsn,
            onChange: () => {
              accounts.clear();
              logger.debug("account cache dropped");
              for (const callback of callbacks) callback();
            },
          },
          signal,
        ),
    },
  };
}

interface Entry<Value> {
  readonly key: string;
  readonly value: Value;
  readonly limit: number;
}

/** Forgets the oldest beyond `limit`. */
function remember<Value>(into: Map<string, Value>, { key, value, limit }: Entry<Value>): void {
  into.delete(key);
  into.set(key, value);
  const [oldest] = into.keys();
  if (into.size > limit && oldest !== undefined) into.delete(oldest);
}

import { type Clock, createBoundedMap } from "@mio/pacing";
import type { SendCommand } from "@mio/proto";
import type { Logger, Worker } from "@mio/service-kit";
import {
  type Account,
  createAccountCache,
  type Db,
  findAccount,
  findConversations,
  type KnownConversation,
} from "@mio/store";

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

/** Channels are renamed, and Mio learns of new conversations at any time. */
const knownMs = 15_000;
const maxConversations = 100_000;

interface Known {
  readonly until: number;
  readonly conversations: readonly KnownConversation[];
}

export function createAccountDirectory(options: AccountDirectoryOptions): AccountDirectory {
  const { db, clock } = options;
  const lookUp = (accountId: string) => findAccount(db, accountId);
  const { get: find, onChange, worker } = createAccountCache({ ...options, lookUp });
  const places = createBoundedMap<string, Known>(maxConversations);

  return {
    find,
    onChange,
    worker,
    async conversationsOf({ accountId, conversationId: id, conversationExternalId: externalId }, address) {
      const key = [accountId, id, externalId, address].join(" ");
      const now = clock.now().getTime();
      const known = places.get(key);
      if (known !== undefined && known.until > now) return known.conversations;
      const conversations = await findConversations(db, { id, accountId, externalId });
      if (conversations.length > 0) places.set(key, { until: now + knownMs, conversations });
      return conversations;
    },
  };
}

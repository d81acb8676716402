import type { SendCommand } from "@mio/proto";
import type { Clock, Logger, Worker } from "@mio/service-kit";
import {
  type Account,
  createAccountCache,
  type Db,
  findAccount,
  findConversations,
  type KnownConversation,
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

/** A channel may be renamed, and Mio may learn of a place any time. */
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
  const places = new Map<string, Known>();

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
      if (conversations.length > 0) remember(places, key, { until: now + knownMs, conversations });
      return conversations;
    },
  };
}

/** Forgets the oldest beyond the limit. */
function remember(into: Map<string, Known>, key: string, known: Known): void {
  into.delete(key);
  into.set(key, known);
  const [oldest] = into.keys();
  if (into.size > maxConversations && oldest !== undefined) into.delete(oldest);
}

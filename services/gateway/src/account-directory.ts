import type { Clock, Logger, Worker } from "@mio/service-kit";
import {
  type Account,
  type AccountChange,
  type Db,
  findAccount,
  listenForAccountChanges,
  listRoutableAccounts,
} from "@mio/store";
import { type Routing, routeAccount, routeNamed, routeOwn } from "./route-account.ts";

/** Where an event came in: the channel's common URL, the URL of one account or the socket of one. */
export interface Arrival {
  readonly channelType: string;
  readonly workspaceKey: string;
  readonly accountId: string | undefined;
  /** The platform itself brought it, so that the workspace it names can be relied on. */
  readonly overSocket?: boolean;
}

export interface AccountDirectory {
  /** Finds the account of an event. A failing lookup throws; it never falls back to another account. */
  route(arrival: Arrival): Promise<Routing>;
  /** The account of a per-account URL, when it may receive on this channel. */
  find(channelType: string, accountId: string): Promise<Account | undefined>;
  /** Every account that may receive on this channel. */
  list(channelType: string): Promise<readonly Account[]>;
  /** Calls back after each change of tenants, accounts, installs or credentials, when `list` tells the news. */
  onChange(callback: (change: AccountChange) => void): void;
  /** Keeps the cache honest: drops it whenever accounts change anywhere. */
  readonly worker: Worker;
}

export interface AccountDirectoryOptions {
  readonly db: Db;
  readonly dsn: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Development only: takes what no account claims. */
  readonly fallbackAccountId: string | undefined;
}

/** Backstop for a notification that got lost with its connection. */
const cacheMs = 15_000;
/** How long others join a lookup that is not answered; later ones ask over another connection. */
const sharedMs = 1_000;

interface Cached {
  until: number;
  readonly accounts: Promise<readonly Account[]>;
}

export function createAccountDirectory(options: AccountDirectoryOptions): AccountDirectory {
  const { db, dsn, clock, logger, fallbackAccountId } = options;
  const cache = new Map<string, Cached>();
  const callbacks: ((change: AccountChange) => void)[] = [];

  const routable = (channelType: string): Promise<readonly Account[]> => {
    const now = clock.now().getTime();
    const cached = cache.get(channelType);
    if (cached !== undefined && cached.until > now) return cached.accounts;
    const accounts = listRoutableAccounts(db, channelType);
    const entry: Cached = { until: now + sharedMs, accounts };
    cache.set(channelType, entry);
    accounts.then(
      () => {
        entry.until = now + cacheMs;
      },
      () => cache.get(channelType) === entry && cache.delete(channelType),
    );
    return accounts;
  };

  const find = async (channelType: string, accountId: string): Promise<Account | undefined> =>
    (await routable(channelType)).find((account) => account.id === accountId);

  const routeByWorkspace = async ({ channelType, workspaceKey }: Arrival): Promise<Routing> => {
    const routing = routeAccount(await routable(channelType), workspaceKey);
    if (routing.kind === "routed" || fallbackAccountId === undefined) return routing;
    const fallback = await findAccount(db, fallbackAccountId);
    const usable = fallback !== undefined && !fallback.disabled && fallback.channelType === channelType;
    return usable ? { kind: "routed", account: fallback } : routing;
  };

  return {
    find,
    list: routable,
    onChange: (callback) => void callbacks.push(callback),
    async route(arrival) {
      const { channelType, workspaceKey, accountId, overSocket = false } = arrival;
      if (accountId === undefined) return routeByWorkspace(arrival);
      const candidates = await routable(channelType);
      const own = routeOwn(candidates, { accountId, workspaceKey });
      const isForeign = own.kind === "unroutable" && own.reason === "other_workspace";
      return overSocket && isForeign ? routeNamed(candidates, workspaceKey) : own;
    },
    worker: {
      name: "account-changes",
      run: (signal) =>
        listenForAccountChanges(
          {
            dsn,
            onChange: (change) => {
              cache.clear();
              logger.debug("account cache dropped");
              for (const callback of callbacks) callback(change);
            },
          },
          signal,
        ),
    },
  };
}

import type { Clock } from "@mio/pacing";
import type { Logger, Worker } from "@mio/service-kit";
import {
  type Account,
  type AccountChange,
  createAccountCache,
  type Db,
  findAccount,
  listRoutableAccounts,
} from "@mio/store";
import { type Routing, routeAccount, routeNamed, routeOwn } from "./route-account.ts";

/** Where an event arrived: at the channel's common URL, or at the URL or socket of one account. */
export interface Arrival {
  readonly channelType: string;
  readonly workspaceKey: string;
  readonly accountId: string | undefined;
  /** The platform itself sent it, so the workspace in it is trustworthy. */
  readonly overSocket?: boolean;
}

export interface AccountDirectory {
  /** Finds the account of an event. Rejects if the lookup fails; it never falls back to another account. */
  route(arrival: Arrival): Promise<Routing>;
  /** The account of a per-account URL if it may receive on this channel. */
  find(channelType: string, accountId: string): Promise<Account | undefined>;
  /** All accounts that may receive on this channel. */
  list(channelType: string): Promise<readonly Account[]>;
  /** Calls back after each change of tenants, accounts, installs or credentials, once `list` returns the new state. */
  onChange(callback: (change: AccountChange) => void): void;
  /** Empties the cache on every change of accounts, in any process. */
  readonly worker: Worker;
}

export interface AccountDirectoryOptions {
  readonly db: Db;
  readonly dsn: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Development only: receives events that no account claims. */
  readonly fallbackAccountId: string | undefined;
}

export function createAccountDirectory(options: AccountDirectoryOptions): AccountDirectory {
  const { db, fallbackAccountId } = options;
  const lookUp = (channelType: string) => listRoutableAccounts(db, channelType);
  const { get: routable, onChange, worker } = createAccountCache({ ...options, lookUp });

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
    onChange,
    worker,
    async route(arrival) {
      const { channelType, workspaceKey, accountId, overSocket = false } = arrival;
      if (accountId === undefined) return routeByWorkspace(arrival);
      const candidates = await routable(channelType);
      const own = routeOwn(candidates, { accountId, workspaceKey });
      const isForeign = own.kind === "unroutable" && own.reason === "other_workspace";
      return overSocket && isForeign ? routeNamed(candidates, workspaceKey) : own;
    },
  };
}

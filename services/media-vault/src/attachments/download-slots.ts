/** The account and host of a download. */
export interface DownloadKey {
  readonly accountId: string;
  readonly host: string;
}

export interface DownloadLimits {
  readonly total: number;
  readonly perAccount: number;
  readonly perHost: number;
}

/** Limits the downloads of one process; accounts take turns. */
export interface DownloadSlots {
  /** Resolves when a slot is free; disposing it releases the slot. Rejects with the signal's reason. */
  acquire(key: DownloadKey, signal: AbortSignal): Promise<Disposable>;
  readonly taken: number;
  readonly waiting: number;
}

interface Waiter {
  readonly key: DownloadKey;
  readonly start: () => void;
}

/**
 * Creates the slots. Within an account, the first waiter whose host is below its limit is next; then it is the next
 * account's turn. A hanging host, or an account with a thousand slow files, uses up only its own limit.
 */
export function createDownloadSlots(limits: DownloadLimits): DownloadSlots {
  /** In the order in which accounts are served. */
  const accounts = new Map<string, Set<Waiter>>();
  const running = { total: 0, byAccount: new Map<string, number>(), byHost: new Map<string, number>() };
  let waiting = 0;

  const count = ({ accountId, host }: DownloadKey, change: 1 | -1): void => {
    running.total += change;
    add(running.byAccount, accountId, change);
    add(running.byHost, host, change);
  };
  const nextOf = (accountId: string, waiters: ReadonlySet<Waiter>): Waiter | undefined => {
    if ((running.byAccount.get(accountId) ?? 0) >= limits.perAccount) return undefined;
    for (const waiter of waiters) {
      if ((running.byHost.get(waiter.key.host) ?? 0) < limits.perHost) return waiter;
    }
    return undefined;
  };
  const remove = (waiter: Waiter): boolean => {
    const { accountId } = waiter.key;
    const waiters = accounts.get(accountId);
    if (waiters?.delete(waiter) !== true) return false;
    waiting -= 1;
    if (waiters.size === 0) accounts.delete(accountId);
    return true;
  };
  const startNext = (): boolean => {
    if (running.total >= limits.total) return false;
    for (const [accountId, waiters] of accounts) {
      const next = nextOf(accountId, waiters);
      if (next === undefined) continue;
      remove(next);
      if (accounts.delete(accountId)) accounts.set(accountId, waiters);
      count(next.key, 1);
      next.start();
      return true;
    }
    return false;
  };
  const release = (key: DownloadKey): void => {
    count(key, -1);
    while (startNext());
  };
  return {
    get taken() {
      return running.total;
    },
    get waiting() {
      return waiting;
    },
    async acquire(key, signal) {
      signal.throwIfAborted();
      const { promise: started, resolve: start, reject } = Promise.withResolvers<void>();
      const waiter = { key, start };
      const waiters = accounts.get(key.accountId) ?? new Set();
      accounts.set(key.accountId, waiters.add(waiter));
      waiting += 1;
      const giveUp = (): void => {
        if (remove(waiter)) reject(signal.reason);
      };
      signal.addEventListener("abort", giveUp, { once: true });
      startNext();
      await started.finally(() => signal.removeEventListener("abort", giveUp));
      return { [Symbol.dispose]: () => release(key) };
    },
  };
}

function add(counts: Map<string, number>, key: string, change: number): void {
  const count = (counts.get(key) ?? 0) + change;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}

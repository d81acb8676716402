/** The workers of one process, which commands wait for. */
export interface Workers {
  /**
   * Resolves when a worker is free for this account; disposing gives it back. Within an account first come,
   * first served; between accounts in turns. Rejects when `signal` aborts.
   */
  enter(accountId: string, signal: AbortSignal): Promise<Disposable>;
  readonly inFlight: number;
}

interface Account {
  running: number;
  readonly waiting: Set<() => void>;
}

/** Workers shared in turns: at most `total` at once, and at most `perAccount` of them for one account. */
export function createWorkers(limits: { readonly total: number; readonly perAccount: number }): Workers {
  /** In the order in which they are served next. */
  const accounts = new Map<string, Account>();
  let running = 0;

  /** To the end of the row: everybody else has a turn first. */
  const moveBack = (id: string, account: Account): void => {
    accounts.delete(id);
    if (account.running > 0 || account.waiting.size > 0) accounts.set(id, account);
  };

  const serveNext = (): void => {
    if (running >= limits.total) return;
    for (const [id, account] of accounts) {
      const [start] = account.waiting;
      if (start === undefined || account.running >= limits.perAccount) continue;
      account.waiting.delete(start);
      running += 1;
      account.running += 1;
      moveBack(id, account);
      start();
      return;
    }
  };

  const leave = (id: string, account: Account): void => {
    running -= 1;
    account.running -= 1;
    moveBack(id, account);
    serveNext();
  };

  const accountOf = (id: string): Account => {
    const account = accounts.get(id) ?? { running: 0, waiting: new Set() };
    accounts.set(id, account);
    return account;
  };

  return {
    get inFlight() {
      return running;
    },
    async enter(id, signal) {
      signal.throwIfAborted();
      const account = accountOf(id);
      const { promise: started, resolve: start, reject } = Promise.withResolvers<void>();
      const giveUp = (): void => {
        if (!account.waiting.delete(start)) return;
        if (account.running === 0 && account.waiting.size === 0) accounts.delete(id);
        reject(signal.reason);
      };
      account.waiting.add(start);
      signal.addEventListener("abort", giveUp, { once: true });
      serveNext();
      await started.finally(() => signal.removeEventListener("abort", giveUp));
      return { [Symbol.dispose]: () => leave(id, account) };
    },
  };
}

import { type Clock, createBoundedMap } from "@mio/pacing";
import type { Logger, Worker } from "@mio/service-kit";
import { type AccountChange, listenForAccountChanges } from "./accounts.ts";

/** Account lookups, cached in memory until an account changes. */
export interface AccountCache<Answer> {
  /** The result for a key. A failed lookup rejects and is not cached. */
  get(key: string): Promise<Answer>;
  /** Calls back after each change of tenants, accounts, installs or credentials, once the cache is empty. */
  onChange(callback: (change: AccountChange) => void): void;
  /** Empties the cache on every change of accounts, in any process. */
  readonly worker: Worker;
}

export interface AccountCacheOptions<Answer> {
  /** Queries Postgres. */
  readonly lookUp: (key: string) => Promise<Answer>;
  readonly dsn: string;
  readonly clock: Pick<Clock, "now">;
  readonly logger: Logger;
}

/** Limits staleness if a notification is lost with its connection. */
const cacheMs = 15_000;
/** How long callers join a pending lookup; later callers start another one on another connection. */
const sharedMs = 1_000;
/** Bounds memory; the oldest result is dropped above it. */
const maxKeys = 10_000;
const workerName = "account-changes";

interface Cached<Answer> {
  until: number;
  readonly answer: Promise<Answer>;
}

/** Creates an empty cache. Its worker must run: without it a change is seen only after 15 s. */
export function createAccountCache<Answer>(options: AccountCacheOptions<Answer>): AccountCache<Answer> {
  const { lookUp, dsn, clock, logger } = options;
  // Read with peek: the oldest answer is dropped first, however often it is used.
  const cache = createBoundedMap<string, Cached<Answer>>(maxKeys);
  const callbacks: ((change: AccountChange) => void)[] = [];

  const onChange = (change: AccountChange): void => {
    cache.clear();
    logger.debug("account cache dropped");
    for (const callback of callbacks) callback(change);
  };

  return {
    get(key) {
      const now = clock.now().getTime();
      const cached = cache.peek(key);
      if (cached !== undefined && cached.until > now) return cached.answer;
      const answer = lookUp(key);
      const entry = { until: now + sharedMs, answer };
      cache.set(key, entry);
      answer.then(
        () => {
          entry.until = now + cacheMs;
        },
        () => cache.peek(key) === entry && cache.delete(key),
      );
      return answer;
    },
    onChange: (callback) => void callbacks.push(callback),
    worker: {
      name: workerName,
      run: (signal) => listenForAccountChanges({ dsn, onChange }, signal),
    },
  };
}

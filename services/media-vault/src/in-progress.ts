/** Work going on, by key. */
export interface InProgress {
  /** Runs `work` and counts it as in progress under `key` until it ends. */
  run<Result>(key: string, work: () => Promise<Result>): Promise<Result>;
  /** Resolves when the work now in progress under `key` has ended, however it did. */
  ended(key: string): Promise<void>;
}

export function createInProgress(): InProgress {
  const latest = new Map<string, Promise<unknown>>();
  return {
    run: async (key, work) => {
      const running = work();
      latest.set(key, running);
      try {
        return await running;
      } finally {
        if (latest.get(key) === running) latest.delete(key);
      }
    },
    ended: async (key) => {
      await latest.get(key)?.catch(() => undefined);
    },
  };
}

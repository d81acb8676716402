import { MioError } from "@mio/failure";

export interface WaitLimit {
  /** How long to wait for a slot, in milliseconds; without limit by default. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** A number of slots, handed out in the order in which callers ask. */
export interface Semaphore {
  /** Takes a slot if one is free; never waits. */
  tryAcquire(): boolean;
  /** Waits for a slot. Resolves to false when the time is up or the signal aborts; then no slot was taken. */
  acquire(limit?: WaitLimit): Promise<boolean>;
  /** Gives a slot back; the caller that has waited longest gets it. */
  release(): void;
  /** Runs `work` while it has a slot. */
  run<T>(work: () => Promise<T>): Promise<T>;
}

/**
 * Limits how much runs at once.
 *
 * @throws MioError `internal.misuse` when `slots` is not a positive integer.
 */
export function createSemaphore(slots: number): Semaphore {
  if (!Number.isInteger(slots) || slots < 1) {
    throw new MioError("internal.misuse", "A semaphore needs at least one slot.", { details: { slots } });
  }
  let free = slots;
  const waiting = new Set<() => void>();

  const tryAcquire = (): boolean => {
    if (free === 0) return false;
    free -= 1;
    return true;
  };

  const release = (): void => {
    // The slot goes straight to the next caller, so that none can slip in between.
    const [next] = waiting;
    if (next === undefined) free += 1;
    else next();
  };

  const acquire = async (limit: WaitLimit = {}): Promise<boolean> =>
    tryAcquire() || (await waitForSlot(waiting, limit));

  return {
    tryAcquire,
    acquire,
    release,
    async run(work) {
      await acquire();
      try {
        return await work();
      } finally {
        release();
      }
    },
  };
}

function waitForSlot(waiting: Set<() => void>, { timeoutMs, signal }: WaitLimit): Promise<boolean> {
  if (signal?.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const end = (hasSlot: boolean): void => {
      waiting.delete(admit);
      clearTimeout(timer);
      signal?.removeEventListener("abort", giveUp);
      resolve(hasSlot);
    };
    const admit = (): void => end(true);
    const giveUp = (): void => end(false);
    const timer = timeoutMs === undefined ? undefined : setTimeout(giveUp, timeoutMs);
    signal?.addEventListener("abort", giveUp, { once: true });
    waiting.add(admit);
  });
}

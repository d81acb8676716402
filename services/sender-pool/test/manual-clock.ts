import type { Clock, Timers } from "@mio/pacing";

/** A clock for tests. */
export type ManualClock = Clock &
  Timers & {
    /** Lets time pass, from sleeper to sleeper. */
    advance(ms: number): Promise<void>;
  };

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

/** Time that moves only by `advance`, from sleeper to sleeper. */
export function manualClock(): ManualClock {
  let now = 1_000_000;
  const sleepers = new Set<{ readonly at: number; readonly wake: () => void }>();
  return {
    now: () => new Date(now),
    sleep(ms, signal) {
      if (signal?.aborted) return Promise.reject(signal.reason);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const sleeper = { at: now + ms, wake: resolve };
      sleepers.add(sleeper);
      signal?.addEventListener("abort", () => {
        sleepers.delete(sleeper);
        reject(signal.reason);
      });
      return promise;
    },
    after(ms, ring) {
      const sleeper = { at: now + ms, wake: ring };
      sleepers.add(sleeper);
      return { [Symbol.dispose]: () => void sleepers.delete(sleeper) };
    },
    async advance(ms) {
      const end = now + ms;
      for (;;) {
        await settle();
        const [next] = [...sleepers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
        if (next === undefined) break;
        sleepers.delete(next);
        now = Math.max(now, next.at);
        next.wake();
      }
      now = end;
    },
  };
}

import { setImmediate } from "node:timers/promises";

/** Virtual time: it advances only to the next deadline of a sleeper. */
export interface VirtualClock {
  /** Milliseconds since the clock was created. */
  now(): number;
  /** Waits, or returns early when `signal` aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /**
   * Advances time until `work` is settled.
   *
   * @throws Error if `work` waits for something other than time that never happens
   */
  run<T>(work: Promise<T>): Promise<T>;
}

interface Timer {
  readonly at: number;
  readonly ring: () => void;
}

export function createVirtualClock(): VirtualClock {
  const timers = new Set<Timer>();
  let time = 0;
  const ringNext = () => {
    const [first, ...others] = timers;
    if (first === undefined) throw new Error("Deadlock: the work waits, and no sleeper is left to wake.");
    const next = others.reduce((sooner, timer) => (timer.at < sooner.at ? timer : sooner), first);
    time = Math.max(time, next.at);
    next.ring();
  };
  return {
    now: () => time,
    async sleep(ms, signal) {
      if (signal?.aborted) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = { at: time + ms, ring: resolve };
      timers.add(timer);
      signal?.addEventListener("abort", resolve.bind(undefined, undefined), { once: true });
      await promise.finally(() => timers.delete(timer));
    },
    async run(work) {
      let isSettled = false;
      const settle = () => {
        isSettled = true;
      };
      void work.then(settle, settle);
      // Everything that does not wait for time runs before the next turn of the event loop.
      for (await setImmediate(); !isSettled; await setImmediate()) ringNext();
      return await work;
    },
  };
}

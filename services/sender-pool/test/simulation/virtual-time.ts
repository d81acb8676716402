import { setImmediate } from "node:timers/promises";
import type { Clock, Timers } from "@mio/pacing";

/** Time that passes from sleeper to sleeper, when nothing else is left to do. */
export interface VirtualTime extends Clock, Timers {
  readonly ms: () => number;
  /** Lets time pass until `isDone`, and no further than `untilMs`; returns whether it was. */
  run(isDone: () => boolean, untilMs: number): Promise<boolean>;
}

interface Sleeper {
  readonly at: number;
  readonly serial: number;
  readonly wake: () => void;
}

export function createVirtualTime(): VirtualTime {
  const sleepers: Sleeper[] = [];
  let now = 0;
  let serial = 0;

  const add = (sleeper: Sleeper): void => {
    let low = 0;
    let high = sleepers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = sleepers[middle];
      if (
        other !== undefined &&
        (other.at < sleeper.at || (other.at === sleeper.at && other.serial < sleeper.serial))
      )
        low = middle + 1;
      else high = middle;
    }
    sleepers.splice(low, 0, sleeper);
  };

  const remove = (sleeper: Sleeper): void => {
    const index = sleepers.indexOf(sleeper);
    if (index >= 0) sleepers.splice(index, 1);
  };

  return {
    ms: () => now,
    now: () => new Date(now),
    sleep(ms, signal) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      if (signal?.aborted) return Promise.reject(signal.reason);
      serial += 1;
      const sleeper: Sleeper = { at: now + Math.max(0, ms), serial, wake: resolve };
      add(sleeper);
      const giveUp = (): void => {
        remove(sleeper);
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", giveUp, { once: true });
      return promise.finally(() => signal?.removeEventListener("abort", giveUp));
    },
    after(ms, ring) {
      serial += 1;
      const sleeper: Sleeper = { at: now + Math.max(0, ms), serial, wake: ring };
      add(sleeper);
      return { [Symbol.dispose]: () => remove(sleeper) };
    },
    async run(isDone, untilMs) {
      for (;;) {
        // Work that does not wait for time ends before the next turn of the event loop.
        await setImmediate();
        if (isDone()) return true;
        const next = sleepers.shift();
        if (next === undefined || next.at > untilMs) return false;
        now = Math.max(now, next.at);
        next.wake();
      }
    },
  };
}

/** Numbers in [0, 1) that a seed repeats (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

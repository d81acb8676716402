import { setTimeout as sleepFor } from "node:timers/promises";

/** The time of day, and a way to wait. Injected, so that tests need not wait. */
export interface Clock {
  now(): Date;
  /** Resolves after `ms`; rejects with an `AbortError` as soon as `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** For measuring durations: no change of the machine's time of day moves it. */
export interface MonotonicClock {
  /** Milliseconds since a fixed moment; never goes back. */
  monotonicMs(): number;
  /** Resolves after `ms`; rejects with an `AbortError` as soon as `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Calls back after a time. Unlike a sleep that is cancelled, a timer that is disposed of costs no rejection. */
export interface Timers {
  /** Calls `ring` once after `ms`, unless the timer is disposed of before. */
  after(ms: number, ring: () => void): Disposable;
}

/** The clock of the machine. */
export const systemClock: Clock & MonotonicClock & Timers = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) => sleepFor(ms, undefined, signal === undefined ? {} : { signal }),
  after: (ms, ring) => setTimeout(ring, ms),
};

/** Waits for `ms`, or returns early when `signal` aborts. Never rejects. */
export async function pause(ms: number, { clock, signal }: PauseOptions): Promise<void> {
  await clock.sleep(ms, signal).catch(() => undefined);
}

export interface PauseOptions {
  readonly clock: Pick<Clock, "sleep">;
  readonly signal?: AbortSignal | undefined;
}
